"""`flowgraph run train.py --its --flags`: a script for TensorFlow 1, run as `python` would run it.

`import tensorflow` means flowgraph in its process, and `import keras` its tf.keras. Arguments,
`__main__`, the first entry of the path, exit codes and tracebacks are as they are without us.
"""

from __future__ import annotations

import os
import runpy
import sys
from types import ModuleType

_USAGE = """usage: flowgraph run SCRIPT [arguments of the script]
       flowgraph run -m MODULE [arguments of the module]

Runs a script that imports tensorflow; flowgraph stands in for it. FLOWGRAPH_TRACEBACK=full in the
environment shows flowgraph's own frames in the traceback of an error, too.
"""


def main(arguments: list[str]) -> int:
    """Runs the script that the first argument names, with the others as its own."""
    if not arguments or arguments[0] in ("-h", "--help") or arguments == ["-m"]:
        stream = sys.stdout if arguments[:1] in (["-h"], ["--help"]) else sys.stderr
        print(_USAGE, end="", file=stream)
        return 0 if stream is sys.stdout else 2
    _prepare()
    if arguments[0] == "-m":
        return _run_module(arguments[1], arguments[2:])
    return _run_file(arguments[0], arguments[1:])


def _prepare() -> None:
    from flowgraph.scripts import image_names, numpy_names, python_names, submodules, tracebacks
    from flowgraph.scripts.finder import install_as_keras, install_as_tensorflow

    install_as_tensorflow()
    install_as_keras()
    numpy_names.put_back()
    python_names.put_back()
    image_names.put_back_when_imported()
    submodules.load_when_asked()
    tracebacks.install()


def _run_file(script: str, arguments: list[str]) -> int:
    path = os.path.abspath(script)
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError as error:
        print(
            f"flowgraph run: can't open file {path!r}: [Errno {error.errno}] {error.strerror}",
            file=sys.stderr,
        )
        return 2
    sys.argv = [script, *arguments]
    _look_first_in(os.path.dirname(os.path.realpath(path)))
    module = ModuleType("__main__")
    module.__dict__.update(__file__=path, __builtins__=__builtins__, __cached__=None)
    sys.modules["__main__"] = module
    exec(compile(text, path, "exec", dont_inherit=True), module.__dict__)
    return 0


def _run_module(name: str, arguments: list[str]) -> int:
    sys.argv = [name, *arguments]
    _look_first_in(os.getcwd())
    runpy.run_module(name, run_name="__main__", alter_sys=True)
    return 0


def _look_first_in(folder: str) -> None:
    """Puts the script's folder where the command's own is, which `python -P` leaves out."""
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = folder
