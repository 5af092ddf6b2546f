"""Writes what TensorFlow 1.x has in public, from its own API golden files and contrib's packages.

`python docs/gather_tf1_api.py GIT_DIRECTORY` of a clone of TensorFlow 1.14 or 1.15. It writes

- flowgraph/core/tf1_symbols.txt: each public module with its names (contrib's too), and the
  modules in tensorflow/python,
- docs/tf1_signatures.txt: the arguments of functions, and the members of classes.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
SYMBOLS, SIGNATURES = ROOT / "flowgraph/core/tf1_symbols.txt", ROOT / "docs/tf1_signatures.txt"
GOLDEN, CONTRIB = "tensorflow/tools/api/golden/v1", "tensorflow/contrib"
INNER = "tensorflow/python"
_MEMBER = re.compile(
    r'^(  (?:  )?)member(_method)? \{\s+name: "([^"]+)"\s+(?:mtype: "([^"]*)"|argspec: "([^"]*)")?',
    re.MULTILINE,
)
# Packages of contrib that have their public names in another file than __init__.py.
_ELSEWHERE = {
    "eager": "eager/python/tfe.py",
    "summary": "summary/summary.py",
    "optimizer_v2": "optimizer_v2/optimizer_v2_symbols.py",
    "recurrent": "recurrent/python/recurrent_api.py",
    "receptive_field": "receptive_field/receptive_field_api.py",
}
_NOT_PUBLIC = {"absolute_import", "division", "print_function", "remove_undocumented", "sys", "os"}


class Source:
    """A git directory that is read without a work tree."""

    def __init__(self, directory: str) -> None:
        self._git = ["git", f"--git-dir={directory}"]

    def files(self, under: str) -> list[str]:
        """The paths of all files below a folder."""
        command = [*self._git, "ls-tree", "-r", "--name-only", "HEAD", under + "/"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    def text(self, path: str) -> str:
        """A file's text."""
        command = [*self._git, "show", f"HEAD:{path}"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def arguments(spec: str) -> str:
    """`x, y, *args, name=None` of a golden file's argspec."""
    spec = spec.replace("\\'", "'")
    found = re.match(r"args=(\[.*?\]), varargs=(\S+), keywords=(\S+), defaults=(.*), $", spec)
    if found is None:
        return "*args, **kwargs"
    names, varargs, keywords, defaults = found.groups()
    args: list[str] = ast.literal_eval(names)
    values = re.findall(r"'((?:[^'\\]|\\.)*)'|\"([^\"]*)\"", defaults) if defaults != "None" else []
    texts = [a or b for a, b in values]
    for i, text in enumerate(reversed(texts), 1):
        args[-i] += "=" + text.replace("\\\\'", "'").replace("\\'", "'")
    args += [f"*{varargs}"] if varargs != "None" else []
    args += [f"**{keywords}"] if keywords != "None" else []
    return ", ".join(args)


def golden(source: Source, modules: dict[str, set[str]], signatures: dict[str, str]) -> None:
    """Reads the golden files."""
    for path in source.files(GOLDEN):
        text = source.text(path)
        where = re.search(r'^path: "tensorflow\.?([^"]*)"', text)
        if where is None:
            continue
        prefix = where[1]
        if "metaclass" in path:
            continue
        if "tf_module {" not in text:
            names = {name for _, _, name, _, _ in _MEMBER.findall(text)}
            init = [m[4] for m in _MEMBER.findall(text) if m[2] == "__init__"]
            if init:
                signatures[prefix] = arguments(init[0]).removeprefix("self").removeprefix(", ")
            signatures[f"class {prefix}"] = " ".join(
                sorted(n for n in names if not n.startswith("_"))
            )
            continue
        for _, is_method, name, _, spec in _MEMBER.findall(text):
            modules[prefix].add(name)
            if is_method and prefix != "raw_ops":
                signatures[f"{prefix}.{name}".lstrip(".")] = arguments(spec)


def contrib_names(source: Source, files: set[str], path: str) -> set[str]:
    """The public names of a package: `@@name` in its docstring, its lists, what it imports."""
    text = source.text(path)
    names = set(re.findall(r"^@@(\w+)", text, re.MULTILINE))
    is_closed = "remove_undocumented(" in text
    body = ast.parse(text).body
    for node in body:
        is_list = isinstance(node, ast.Assign) and isinstance(node.value, ast.List)
        if is_list and ast.unparse(node.targets[0]) == "__all__":
            return names | {e.value for e in ast.walk(node) if isinstance(e, ast.Constant)}
    for node in body:
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            base = (node.module or "").replace(".", "/")
            found = [p for p in (f"{base}.py", f"{base}/__init__.py") if p in files]
            if found and not is_closed:
                names |= contrib_names(source, files, found[0])
        elif isinstance(node, ast.ImportFrom):
            names |= {a.asname or a.name for a in node.names if path.endswith("__init__.py")}
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.List):
            names |= {e.value for e in node.value.elts if isinstance(e, ast.Constant)}
        elif isinstance(node, ast.Assign):
            names |= {t.id for t in node.targets if isinstance(t, ast.Name)}
    return {n for n in names if n.isidentifier() and n[0] != "_" and n not in _NOT_PUBLIC}


def contrib(source: Source, modules: dict[str, set[str]]) -> None:
    """Reads contrib's packages."""
    files = set(source.files(CONTRIB))
    packages = contrib_names(source, files, f"{CONTRIB}/__init__.py")
    modules[""].add("contrib")
    for name in sorted(packages):
        path = f"{CONTRIB}/{_ELSEWHERE.get(name, f'{name}/__init__.py')}"
        modules["contrib"].add(name)
        if path in files:
            modules[f"contrib.{name}"] |= contrib_names(source, files, path)
    for package, children in {"layers": ["feature_column"], "framework": ["nest"]}.items():
        modules[f"contrib.{package}"] |= set(children)


def inner(source: Source, modules: dict[str, set[str]]) -> None:
    """Reads which modules there are in tensorflow/python, tests and C++ left out."""
    for path in source.files(INNER):
        *folders, file = path.removeprefix("tensorflow/").split("/")
        if file.endswith(".py") and not file.endswith("_test.py") and not file.startswith("__"):
            modules[".".join(folders)].add(file.removesuffix(".py"))


def main() -> None:
    """Writes both files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("git_directory")
    source = Source(parser.parse_args().git_directory)
    modules: dict[str, set[str]] = defaultdict(set)
    signatures: dict[str, str] = {}
    golden(source, modules, signatures)
    contrib(source, modules)
    inner(source, modules)
    SYMBOLS.write_text(
        "".join(
            f"tf.{module}: ".replace("tf.:", "tf:") + " ".join(sorted(names)) + "\n"
            for module, names in sorted(modules.items())
        )
    )
    SIGNATURES.write_text(
        "".join(
            f"{name}: {members}\n" if name.startswith("class ") else f"{name}({members})\n"
            for name, members in sorted(signatures.items())
        )
    )
    print(f"{len(modules)} modules, {sum(map(len, modules.values()))} names")


if __name__ == "__main__":
    main()
