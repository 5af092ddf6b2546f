"""What a script uses of TensorFlow or flowgraph, read from its text: symbols, calls' arguments.

Nothing of the script is run. Names are followed through imports (`import tensorflow as tf`, `from
tensorflow.contrib import slim`) and plain assignments (`layers = tf.contrib.layers`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

_CATCHES = {"ImportError", "ModuleNotFoundError", "AttributeError"}
Binding = str | None  # the path that a name stands for, without its root; None: something else
Scope = dict[str, Binding]


@dataclass(frozen=True)
class Use:
    """A symbol where it is used; `is_call` with the number and the names of its arguments."""

    path: str
    line: int
    is_call: bool = False
    is_import: bool = False
    positional: int = 0
    keywords: tuple[str, ...] = ()


@dataclass
class _Reader(ast.NodeVisitor):
    scopes: list[Scope]
    uses: list[Use] = field(default_factory=list)
    own: set[str] = field(default_factory=set)  # what the script puts there: `tf.model = ...`

    # --- names ----------------------------------------------------------------------------------
    def _look_up(self, name: str) -> Binding:
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return None

    def path_of(self, node: ast.AST) -> Binding:
        """What a chain of attributes stands for."""
        if isinstance(node, ast.Name):
            return self._look_up(node.id)
        if isinstance(node, ast.Attribute):
            base = self.path_of(node.value)
            return None if base is None else f"{base}.{node.attr}".lstrip(".")
        return None

    def _bind(self, target: ast.AST, path: Binding) -> None:
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self.scopes[-1][node.id] = path if node is target else None

    # --- imports --------------------------------------------------------------------------------
    def _inside(self, module: str) -> Binding:
        """The path of a module below the root; None for another module.

        Modules within flowgraph have names of their own, which no table of TensorFlow's tells.
        """
        root, _, path = module.partition(".")
        return path if root == "tensorflow" or module == "flowgraph" else None

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if (path := self._inside(alias.name)) is None:
                continue
            root = alias.name.partition(".")[0]
            self.scopes[-1][alias.asname or root] = path if alias.asname else ""
            if path:
                self.uses.append(Use(path, node.lineno, is_import=True))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        path = None if node.level else self._inside(node.module or "")
        for alias in node.names:
            if path is None:
                self.scopes[-1][alias.asname or alias.name] = None
            elif alias.name == "*":
                self.uses.append(Use(path, node.lineno, is_import=True))
            else:
                found = f"{path}.{alias.name}".lstrip(".")
                self.scopes[-1][alias.asname or alias.name] = found
                self.uses.append(Use(found, node.lineno))

    # --- what binds names -----------------------------------------------------------------------
    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            if not isinstance(target, ast.Name):
                self.visit(target)
            self._bind(target, self.path_of(node.value))

    def visit_For(self, node: ast.For) -> None:
        self._bind(node.target, None)
        self.generic_visit(node)

    def visit_withitem(self, node: ast.withitem) -> None:
        if node.optional_vars is not None:
            self._bind(node.optional_vars, None)
        self.generic_visit(node)

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        args = node.args
        names = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
        for default in [*args.defaults, *args.kw_defaults, *getattr(node, "decorator_list", ())]:
            if default is not None:
                self.visit(default)
        self.scopes.append({a.arg: None for a in names if a is not None})
        for part in node.body if isinstance(node.body, list) else [node.body]:
            self.visit(part)
        self.scopes.pop()

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _visit_function

    def visit_Try(self, node: ast.Try) -> None:
        """What is tried, and may be missing by the script's own account, is not told."""
        before = len(self.uses)
        for part in node.body:
            self.visit(part)
        if any(_CATCHES & set(_names(h.type)) for h in node.handlers):
            del self.uses[before:]
        for part in [*node.handlers, *node.orelse, *node.finalbody]:
            self.visit(part)

    # --- uses -----------------------------------------------------------------------------------
    def visit_Attribute(self, node: ast.Attribute) -> None:
        path = self.path_of(node)
        if path and isinstance(node.ctx, ast.Store):
            self.own.add(path)
        elif path:
            self.uses.append(Use(path, node.lineno))
        else:
            self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and (path := self._look_up(node.id)):
            self.uses.append(Use(path, node.lineno))

    def visit_Call(self, node: ast.Call) -> None:
        path = self.path_of(node.func)
        if path:
            keywords = tuple(k.arg for k in node.keywords if k.arg is not None)
            starred = any(isinstance(a, ast.Starred) for a in node.args)
            count = 0 if starred else len(node.args)
            self.uses.append(Use(path, node.lineno, True, False, count, keywords))
            self.uses += self._passed_on(path, node, keywords)
        else:
            self.visit(node.func)
        for part in [*node.args, *(k.value for k in node.keywords)]:
            self.visit(part)

    def _passed_on(self, path: str, node: ast.Call, keywords: tuple[str, ...]) -> Iterator[Use]:
        """`arg_scope([slim.conv2d], stride=2)`: arguments of what it lists."""
        if path.rpartition(".")[2] == "arg_scope" and node.args:
            for listed in getattr(node.args[0], "elts", ()):
                if found := self.path_of(listed):
                    yield Use(found, node.lineno, True, False, 0, keywords)


def _names(node: ast.AST | None) -> Iterator[str]:
    for part in ast.walk(node) if node is not None else ():
        if isinstance(part, (ast.Name, ast.Attribute)):
            yield part.id if isinstance(part, ast.Name) else part.attr


def read(text: str | bytes, file: str) -> list[Use]:
    """The uses of tensorflow, or of flowgraph, in a script's text, in the order of its lines.

    Raises:
      SyntaxError: the text is no Python.
    """
    tree = ast.parse(text, file)
    first = _Reader([{}])
    for node in ast.walk(tree):  # functions run after the module: they see all its names
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            first.visit(node)
    imported = {name: path for name, path in first.scopes[0].items() if path is not None}
    reader = _Reader([imported])
    reader.visit(tree)
    foreign = (use for use in reader.uses if not _is_below(use.path, reader.own))
    return sorted(foreign, key=lambda use: use.line)


def _is_below(path: str, roots: set[str]) -> bool:
    return any(f"{path}.".startswith(f"{root}.") for root in roots)
