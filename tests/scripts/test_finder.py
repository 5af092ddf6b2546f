"""`import tensorflow` means flowgraph: each module, the same objects, and no other process."""

import subprocess
import sys

import pytest

import flowgraph
from flowgraph.scripts import views
from flowgraph.scripts.paths import VIEWS


def python(code, cwd=None):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=cwd, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


SAME = """
import flowgraph
flowgraph.install_as_tensorflow()
flowgraph.install_as_tensorflow()  # twice does no harm
import tensorflow as tf
import tensorflow.compat.v1 as tf1
import tensorflow.nn, tensorflow.train
from tensorflow.python.framework import ops, dtypes, tensor_shape
from tensorflow.python.framework.ops import GraphKeys, Tensor
from tensorflow.python.ops import array_ops, control_flow_ops, init_ops, math_ops, nn_ops
from tensorflow.python.platform import gfile, tf_logging as logging
from tensorflow.python.client import device_lib
from tensorflow.python.training.adam import AdamOptimizer
import tensorflow.python.ops.variable_scope as vs
import tensorflow.core.framework
assert tf is flowgraph and tf1 is tf and tf.compat.v1 is tf
assert tensorflow.nn is tf.nn and ops.Graph is tf.Graph and dtypes.float32 is tf.float32
assert GraphKeys is tf.GraphKeys and isinstance(tf.constant(1), Tensor)
assert array_ops.shape is tf.shape and nn_ops.conv2d is tf.nn.conv2d
assert control_flow_ops.while_loop is tf.while_loop and math_ops.floor is tf.floor
assert tensor_shape.TensorShape is tf.TensorShape and tensor_shape.scalar().rank == 0
assert init_ops.Constant is tf.initializers.constant
assert gfile is tf.gfile and logging is tf.logging and vs.get_variable is tf.get_variable
assert AdamOptimizer is tf.train.AdamOptimizer and device_lib.list_local_devices
assert tf.nn.__spec__.name == tf.nn.__name__ == "flowgraph.nn"  # it stays what it is
assert tf.python.ops.array_ops.shape is tf.shape
import flowgraph.core.op_def
assert flowgraph.core.op_def.get("Add").name == "Add"  # the engine's package of that name
print("same")
"""


def test_modules_of_tensorflow_are_flowgraphs():
    assert python(SAME) == "same\n"


@pytest.mark.parametrize(
    "statement, error, said",
    [
        ("import tensorflow.bogus", "ModuleNotFoundError", "No module named 'tensorflow.bogus'"),
        ("import tensorflow.variables.store", "ModuleNotFoundError", "'tensorflow.variables'"),
        ("import tensorflow.python.bogus", "ModuleNotFoundError", "tensorflow.python.bogus"),
        ("from tensorflow import placholder", "ImportError", "placholder"),
        ("from tensorflow.python.ops.math_ops import floor_", "ImportError", "floor_"),
        ("import tensorflow.contrib.bogus", "ModuleNotFoundError", "tensorflow.contrib.bogus"),
    ],
)
def test_modules_that_there_are_not(statement, error, said):
    code = f"""
import flowgraph
flowgraph.install_as_tensorflow()
try:
    {statement}
except ImportError as error:
    print(type(error).__name__, error)
"""
    told = python(code)
    assert told.startswith(error)
    assert said in told


def test_a_tensorflow_that_is_installed_is_shadowed_in_that_process_alone(tmp_path):
    (tmp_path / "tensorflow.py").write_text("their_own = True\n")
    code = "import tensorflow; print(hasattr(tensorflow, 'their_own'))"
    install = "import flowgraph; flowgraph.install_as_tensorflow(); "
    assert python(install + code, tmp_path) == "False\n"
    assert python("import flowgraph; " + code, tmp_path) == "True\n"


def test_it_is_too_late_when_tensorflow_is_imported(tmp_path):
    (tmp_path / "tensorflow.py").touch()
    code = """
import tensorflow, flowgraph
try:
    flowgraph.install_as_tensorflow()
except RuntimeError as error:
    print(error)
"""
    assert "imported already" in python(code, tmp_path)


@pytest.mark.parametrize("path", sorted(VIEWS))
def test_every_view_of_the_table_has_names(path):
    family = VIEWS[path].split()[0].split(".")[0]
    if family not in ("", *flowgraph.__all__) and not family.startswith("@"):
        pytest.skip(f"there is no tf.{family} yet")
    module = views.find(path)
    assert module is not None
    names = [n for n in dir(module) if not n.startswith("_")]
    assert names
    assert getattr(module, names[0], None) is not None


def test_a_view_tells_of_names_that_it_has_not():
    with pytest.raises(AttributeError, match=r"tensorflow\.python\.ops\.array_ops.*shap"):
        views.find("python.ops.array_ops").shap  # noqa: B018


def test_every_module_of_the_table_can_be_imported():
    """Also from the module above it, as `from tensorflow.python.ops.losses import losses` does."""
    code = """
import importlib
import flowgraph
from flowgraph.scripts import views
from flowgraph.scripts.paths import VIEWS
flowgraph.install_as_tensorflow()
for path in sorted(VIEWS):
    if views.find(path) is not None:
        module = importlib.import_module(f"tensorflow.{path}")
        above, _, name = path.rpartition(".")
        scope = {}
        exec(f"from tensorflow.{above} import {name} as found", scope)
        if scope["found"] is not module:
            print(path)
"""
    assert python(code) == ""


def test_what_rnn_imports_is_found_in_it():
    code = (
        "import flowgraph; flowgraph.install_as_tensorflow()\n"
        "from tensorflow.python.ops.rnn import rnn_cell_impl\n"
        "print(rnn_cell_impl.LSTMCell is flowgraph.nn.rnn_cell.LSTMCell)"
    )
    assert python(code) == "True\n"


def test_files_of_tensorflow_have_what_is_public_of_them():
    """Ours of the same name hold less: what is not there is looked up in the public modules."""
    training = views.find("python.training")
    assert training.adagrad.AdagradOptimizer is flowgraph.train.AdagradOptimizer
    assert training.input.batch is flowgraph.train.batch
    assert training.queue_runner.QueueRunner is flowgraph.train.QueueRunner
    assert views.find("python.data.util.nest").flatten(([1, 2], 3)) == [[1, 2], 3]
    assert views.find("python.data.ops.dataset_ops").DatasetV1 is flowgraph.data.Dataset
