"""Writes flowgraph/*.pyi: what each public face shows, for editors that read and do not run.

`python docs/make_stubs.py`, after a face has got a name. Jupyter and IPython ask the running
modules, which need no stubs.
"""

from __future__ import annotations

import argparse
import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "flowgraph"


def _is_face(tree: ast.Module) -> bool:
    return any(
        (isinstance(node, ast.ImportFrom) and node.module == "flowgraph.core.lazy")
        or (isinstance(node, ast.Assign) and "_lazy.face" in ast.unparse(node.value))
        for node in tree.body
    )  # fmt: skip


def _tables(tree: ast.Module) -> tuple[dict[str, str], dict[str, str]]:
    """The tables of a face: module -> names, and name -> module."""
    found: dict[str, dict[str, str]] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            try:
                found[ast.unparse(node.targets[0])] = ast.literal_eval(node.value)
            except ValueError:  # a dictionary that is not a table
                continue
    return found.get("_NAMES", {}), found.get("_LAZY", found.get("_MODULES", {}))


def stub(source: str) -> str | None:
    """The stub of a face's source; None when it is no face."""
    tree = ast.parse(source)
    if not _is_face(tree):
        return None
    lines = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            lines += [
                f"from {node.module} import {a.name} as {a.asname or a.name}"
                for a in node.names if not (a.asname or a.name).startswith("_")
            ]  # fmt: skip
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            lines.append(f"def {node.name}(*args, **kwargs): ...")
        elif isinstance(node, ast.Assign) and isinstance(node.value, (ast.Constant, ast.Tuple)):
            names = [n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)]
            lines += [f"{n}: object" for n in names if not n.startswith("_") or n == "__version__"]
    names, modules = _tables(tree)
    for module, words in names.items():
        for word in words.split():
            here, _, there = word.partition("=")
            lines.append(f"from {module} import {there or here} as {here}")
    for here, module in modules.items():
        parent, _, name = module.rpartition(".")
        lines.append(f"from {parent} import {name} as {here}")
    return "# Made by docs/make_stubs.py: do not edit.\n" + "\n".join(sorted(set(lines))) + "\n"


def stubs() -> dict[Path, str]:
    """The stubs of all faces at the top of the package."""
    found = {path.with_suffix(".pyi"): stub(path.read_text()) for path in PACKAGE.glob("*.py")}
    return {path: text for path, text in sorted(found.items()) if text is not None}


def main() -> None:
    """Writes the stubs."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    for path, text in stubs().items():
        path.write_text(text)
        print(f"{path}: {len(text.splitlines()) - 1} names")


if __name__ == "__main__":
    main()
