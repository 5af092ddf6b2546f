import importlib
import os
import pkgutil
import subprocess
import sys
import types

import pytest

import flowgraph as tf
from flowgraph.core import lazy, missing_names

FAMILIES = ("audio", "bitwise", "debugging", "image", "io", "linalg", "math", "nn", "random",
            "signal", "sparse", "strings")  # fmt: skip


def python(code: str, **environment: str) -> str:
    """What a fresh process prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_loads_no_family_and_few_modules():
    loaded = python(
        "import sys, flowgraph; print(*[m for m in sys.modules if m.startswith('flowgraph')])"
    ).split()
    for family in ("train", "image", "nn", "test", "layers", "kernels.onednn", "kernels.jit"):
        assert f"flowgraph.{family}" not in loaded
    assert [m for m in loaded if m.startswith("flowgraph.ops.")] == [
        "flowgraph.ops.registrations", "flowgraph.ops.math", "flowgraph.ops.math.operators",
    ]  # fmt: skip
    assert len(loaded) < 80


def test_graphs_build_and_run_with_what_loads_on_the_way():
    """Operators, slices, lists, sparse values and gradients find their ops."""
    code = """
import flowgraph as tf
x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
y = abs(-x[0] * 2 + x[1]) ** 2 + [x[0, 0], 1.0]
sparse = tf.SparseTensor([[0, 1]], [2.0], [2, 2]) * x
(slope,) = tf.gradients(y, x)
with tf.Session() as session:
    print(session.run([y, sparse.values, slope]), session.run(sparse).values)
"""
    assert python(code) == (
        "[array([2., 1.], dtype=float32), array([4.], dtype=float32), "
        "array([[-3.,  0.],\n       [ 2.,  0.]], dtype=float32)] [4.]"
    )


@pytest.mark.parametrize("name", ["tf", *(f"tf.{family}" for family in FAMILIES)])
def test_every_listed_name_is_there_and_shown(name):
    module = tf if name == "tf" else getattr(tf, name[3:])
    assert set(module.__all__) <= set(dir(module))
    for listed in module.__all__:
        if listed not in tf._LAZY:
            assert getattr(module, listed) is getattr(module, listed)


def test_a_star_gives_lazy_names():
    names = python("from flowgraph.nn import *; from flowgraph.io import *; print(*dir())").split()
    assert {"conv2d", "relu", "parse_example"} <= set(names)
    assert "face" not in names


def test_a_name_is_looked_up_once(monkeypatch):
    module = types.ModuleType("flowgraph.made_up")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    get, show, public = lazy.face(
        module.__name__, {"math": "sin pi other=cos"}, {"paths": "os.path"}
    )
    import math

    assert (get("sin"), get("other"), get("paths")) == (math.sin, math.cos, os.path)
    assert module.sin is math.sin
    assert {"sin", "pi", "other", "paths"} <= set(show())
    assert public == ["other", "paths", "pi", "sin"]


@pytest.mark.parametrize(
    "path, words",
    [
        ("placholder", ["did you mean tf.placeholder?"]),
        ("relu", ["TensorFlow 1.15 has no tf.relu either", "tf.nn.relu"]),
        ("nn.conv2D", ["tf.nn.conv2d"]),
        ("nn.softmax_cross_entropy", ["tf.losses.softmax_cross_entropy"]),
        ("raw_op", ["tf.raw_ops"]),
        ("image.decode_jpg", ["tf.image.decode_jpeg"]),
        ("xyzzy_plugh", ["no tf.xyzzy_plugh either"]),
    ],
)
def test_a_missing_name_names_the_nearest(path, words):
    *modules, name = path.split(".")
    module = getattr(tf, modules[0]) if modules else tf
    with pytest.raises(AttributeError) as error:
        getattr(module, name)
    assert all(word in str(error.value) for word in words), error.value
    assert not hasattr(module, name)


def test_a_missing_name_that_tensorflow_has():
    said = missing_names.message("flowgraph.train", "AdamOptimizer", ["MomentumOptimizer"])
    assert "TensorFlow 1.15 has tf.train.AdamOptimizer, flowgraph has it not" in said


def test_hidden_names_cost_no_search():
    with pytest.raises(
        AttributeError, match=r"^module 'flowgraph' has no attribute '__wrapped__'$"
    ):
        tf.__wrapped__  # noqa: B018


def test_modules_have_their_public_names():
    assert missing_names.public_name("flowgraph") == "tf"
    assert missing_names.public_name("flowgraph.platform.gfile") == "tf.gfile"
    assert missing_names.public_name("flowgraph.nn") == "tf.nn"


MODULES = sorted(
    {*tf._LAZY.values(), *(m for m in tf._NAMES if not m.startswith("flowgraph.ops."))}
)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_any_module_may_be_the_first():
    """Which is loaded first depends on the script: none may need that another was before it."""
    code = f"""
import importlib, os, flowgraph
for module in {MODULES}:
    if os.fork() == 0:
        try:
            importlib.import_module(module)
        except Exception as error:
            print(module, repr(error), flush=True)
        os._exit(0)
    os.wait()
"""
    assert python(code) == ""


def test_no_name_is_hidden_by_a_module_of_that_name():
    """Who imports `package.x` makes it `package`'s attribute, whatever `x` was before."""
    for package in pkgutil.walk_packages(tf.__path__, "flowgraph."):
        if not package.ispkg or package.name.startswith("flowgraph.examples"):
            continue
        found = importlib.import_module(package.name)
        inner = {module.name for module in pkgutil.iter_modules(found.__path__)}
        for name in inner & set(getattr(found, "__all__", ())):
            try:  # by the table, whatever was imported meanwhile
                shown = vars(found)["__getattr__"](name)
            except (KeyError, AttributeError):
                shown = getattr(found, name)
            assert isinstance(shown, types.ModuleType), f"{package.name}.{name}"
