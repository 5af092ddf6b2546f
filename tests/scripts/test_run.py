"""`flowgraph run`, each in a process of its own, as users call it."""

import os
import signal
import subprocess
import sys

import pytest

FLAGS = """
import sys
import tensorflow as tf
tf.app.flags.DEFINE_integer("steps", 3, "how many")
def main(_):
    print(tf.app.flags.FLAGS.steps, sys.argv[1:], __name__, __file__)
if __name__ == "__main__":
    tf.app.run()
"""


def run(folder, text, *arguments, command=("run",), file="train.py", **environment):
    script = folder / file
    if text is not None:
        script.write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "flowgraph", *command, str(script), *arguments],
        capture_output=True, text=True, cwd=folder, env={**os.environ, **environment}, check=False,
    )  # fmt: skip


def test_a_script_has_its_flags_and_is_main(tmp_path):
    done = run(tmp_path, FLAGS, "--steps", "5")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"5 ['--steps', '5'] __main__ {tmp_path / 'train.py'}\n"


def test_modules_beside_the_script_are_found(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "model.py").write_text("import tensorflow.compat.v1 as tf\nX = tf\n")
    text = "import sys, model, tensorflow\nprint(model.X is tensorflow, sys.path[0])"
    done = run(tmp_path, text, file="folder/train.py")
    assert done.stdout == f"True {tmp_path / 'folder'}\n", done.stderr


def test_a_module_is_run_by_its_name(tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").touch()
    (tmp_path / "pack" / "train.py").write_text(
        "import sys, tensorflow as tf\nfrom . import model\nprint(__name__, sys.argv[1:])"
    )
    (tmp_path / "pack" / "model.py").touch()
    done = subprocess.run(
        [sys.executable, "-m", "flowgraph", "run", "-m", "pack.train", "--a"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.stdout == "__main__ ['--a']\n", done.stderr


@pytest.mark.parametrize(
    "end, code",
    [("", 0), ("sys.exit()", 0), ("sys.exit(3)", 3), ("sys.exit('no data')", 1), ("1 / 0", 1)],
)
def test_exit_codes(tmp_path, end, code):
    done = run(tmp_path, f"import sys\n{end}\n")
    assert done.returncode == code
    assert ("no data" in done.stderr) == ("no data" in end)


def test_an_interrupt_ends_the_process_as_without_us(tmp_path):
    done = run(tmp_path, "raise KeyboardInterrupt\n")
    assert done.returncode in (-signal.SIGINT, 130)


WRONG_SHAPES = """
import tensorflow as tf
def model(x):
    return tf.matmul(x, tf.zeros([2, 3]))
model(tf.zeros([2, 3]))
"""


def test_a_mistake_shows_the_scripts_frames_alone(tmp_path):
    done = run(tmp_path, WRONG_SHAPES)
    frames = [line for line in done.stderr.splitlines() if line.startswith("  File")]
    file = tmp_path / "train.py"
    assert frames == [
        f'  File "{file}", line 5, in <module>', f'  File "{file}", line 4, in model',
    ]  # fmt: skip
    assert "ValueError: Dimensions must be equal" in done.stderr
    full = run(tmp_path, WRONG_SHAPES, FLOWGRAPH_TRACEBACK="full")
    assert "matmul.py" in full.stderr


def test_an_error_of_a_run_is_told_once(tmp_path):
    done = run(tmp_path, "import tensorflow as tf\ntf.Session().run(tf.Variable(1.0))\n")
    assert done.stderr.count("Attempting to use uninitialized value Variable") == 1
    assert "direct cause" not in done.stderr
    assert "session.py" not in done.stderr


def test_an_error_that_comes_about_in_flowgraph_is_shown_whole(tmp_path):
    text = """
import tensorflow as tf
from flowgraph.core import graph
graph.Graph.get_operations = lambda self: [][1]
tf.get_default_graph().as_graph_def
def broken(*_):
    raise KeyError("inner")
import flowgraph.core.convert as convert
convert._convert = lambda *_: {}["nothing"]
tf.constant
tf.convert_to_tensor(1.0)
"""
    done = run(tmp_path, text)
    assert "KeyError: 'nothing'" in done.stderr
    assert done.returncode == 1


def test_a_syntax_error_has_no_frames(tmp_path):
    done = run(tmp_path, "x = 1\nprint 'a'\n")
    assert done.returncode == 1
    assert done.stderr.startswith(f'  File "{tmp_path / "train.py"}", line 2')


def test_a_cause_from_the_script_stays(tmp_path):
    text = "try:\n    {}[1]\nexcept KeyError as error:\n    raise OSError('no') from error\n"
    done = run(tmp_path, text)
    assert "KeyError: 1" in done.stderr
    assert "direct cause" in done.stderr


def test_a_script_that_is_not_there(tmp_path):
    done = run(tmp_path, None)
    assert done.returncode == 2
    assert "can't open file" in done.stderr
    assert "No such file" in done.stderr


def test_without_a_script_the_usage_is_told(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "flowgraph", "run"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "usage: flowgraph run" in done.stderr


NUMPY = """
import warnings
warnings.simplefilter("error", FutureWarning)
import numpy as np
import tensorflow as tf
assert (np.int, np.float, np.object, np.str, np.unicode) == (int, float, object, str, str)
assert np.float_ is np.float64 and np.unicode_ is np.str_ and np.Inf == np.inf
assert np.asscalar(np.array([3])) == 3 and np.NINF == -np.inf
assert np.zeros(2, np.int).dtype == np.int64 and np.product([2, 3]) == 6
array = np.arange(4, dtype=np.uint8).reshape(2, 2)
assert array.tostring() == bytes(range(4)) and np.float32(0).tostring() == bytes(4)
assert np.fromstring(array.tostring(), np.uint8).tolist() == [0, 1, 2, 3]
assert np.fromstring("1 2", sep=" ").tolist() == [1, 2] and array.ptp() == 3
array.itemset((1, 0), 9)
array.itemset(3, 7)
assert array.tolist() == [[0, 1], [9, 7]]
assert np.lib.pad([1], 1, mode="constant").tolist() == [0, 1, 0]
assert np.bool is not None and np.mat([[1, 2]]).shape == (1, 2)
ragged = np.array([([1, 2], [3]), ([4, 5], [6])])
assert ragged.dtype == object and ragged.shape == (2, 2) and ragged[0, 1] == [3]
assert np.asarray([[1], [2, 3]]).dtype == object and np.array([[1], [2]], np.int32).shape == (2, 1)
for wrong in (lambda: np.array([[1], [2, 3]], np.int32), lambda: tf.constant([[1], [2, 3]])):
    try:
        wrong()
    except ValueError:
        continue
    raise AssertionError(wrong)
assert int(np.searchsorted([1.0, 2.0], np.array([1.5]))) == 1 and float(np.array([[0.5]])) == 0.5
assert int(np.array(3)) == 3 and "%d %.1f" % (np.array([2]), np.array([0.5])) == "2 0.5"
try:
    int(np.array([1, 2]))
except TypeError:
    pass
else:
    raise AssertionError
assert np.array([1, 2], copy=False).tolist() == [1, 2]
assert np.array(array, np.float32, copy=False).dtype == np.float32
assert np.array([[1], [2, 3]], copy=False).dtype == object
assert np.reshape(array, newshape=[4]).shape == np.reshape(array, -1).shape == (4,)
"""


def test_the_names_that_numpy_lost_are_back(tmp_path):
    done = run(tmp_path, NUMPY)
    assert done.returncode == 0, done.stderr


def test_they_are_not_back_elsewhere(tmp_path):
    code = "import flowgraph as tf, numpy; tf.install_as_tensorflow(); numpy.asscalar"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "AttributeError" in done.stderr


KERAS = """
import keras
import tensorflow as tf
from keras import backend as K
from keras.backend.tensorflow_backend import set_session
from keras.engine.topology import Layer
from keras.layers.core import Dense
from keras.layers.convolutional import Conv2D, MaxPooling2D  # as Keras's own file did
from keras.models import Sequential
from keras.utils import np_utils
from keras.utils.np_utils import to_categorical
assert keras is tf.keras and K is tf.keras.backend and Dense is tf.keras.layers.Dense
assert Layer is tf.keras.layers.Layer and set_session is K.set_session
assert np_utils.to_categorical is to_categorical is tf.keras.utils.to_categorical
try:
    import keras.bogus
except ModuleNotFoundError as error:
    assert "keras.bogus" in str(error)
else:
    raise AssertionError
"""


def test_keras_is_the_one_of_flowgraph(tmp_path):
    done = run(tmp_path, KERAS)
    assert done.returncode == 0, done.stderr


SUBMODULES = """
import concurrent, urllib
assert urllib.request.urlretrieve and urllib.parse
assert concurrent.futures.ThreadPoolExecutor
assert not hasattr(urllib, "urlretrieve") and not hasattr(urllib, "__path")
"""


def test_modules_that_tensorflow_had_imported_are_there(tmp_path):
    done = run(tmp_path, SUBMODULES)
    assert done.returncode == 0, done.stderr


PYTHON = """
import collections, inspect, threading, time
from collections import Iterable, Mapping
assert isinstance({}, collections.MutableMapping) and isinstance([], Iterable)
start = time.clock()
assert time.clock() >= start
assert inspect.getargspec(lambda a, *b: 0)[:2] == (["a"], "b")
assert not threading.Thread().isAlive()
"""


def test_the_names_that_python_lost_are_back(tmp_path):
    done = run(tmp_path, PYTHON)
    assert done.returncode == 0, done.stderr
