import pytest

from flowgraph.scripts import check, judge, uses

GOOD = """
import tensorflow as tf
from tensorflow import nn as N
from tensorflow.python.framework import ops

def model(x, size):
    w = tf.get_variable("w", shape=[size, 2], initializer=tf.zeros_initializer())
    with tf.name_scope("net"):
        return N.softmax(tf.matmul(x, w), axis=-1)

ops.reset_default_graph()
tf.app.flags.DEFINE_integer("n", 3, "")
print(tf.app.flags.FLAGS.whatever, tf.float32.name, tf.GraphKeys.TRAINABLE_VARIABLES)
"""


def faults(text):
    found = uses.read(text, "train.py")
    return [(use.line, said) for use in found if (said := judge.fault(use))]


def test_a_script_that_has_all(tmp_path, capsys):
    file = tmp_path / "good.py"
    file.write_text(GOOD)
    assert check.main([str(file)]) == 0
    assert capsys.readouterr().out == f"{file}: 12 uses of 12 symbols: all there\n"


def test_a_script_that_imports_flowgraph_is_read_too(tmp_path, capsys):
    file = tmp_path / "new.py"
    file.write_text(
        "import flowgraph as tf\nfrom flowgraph.examples import lenet_model\n"
        "tf.placehoder(tf.float32)\ntf.viz.draw(lenet_model.x, pth='a.svg')\n"
    )
    assert check.main([str(file)]) == 1
    told = capsys.readouterr().out
    assert "new.py:3: tf.placehoder is missing" in told
    assert "new.py:4: tf.viz.draw() has no argument 'pth'; the nearest is 'path'" in told
    assert "3 uses of 3 symbols: 2 missing" in told


@pytest.mark.parametrize(
    "line, words",
    [
        ("tf.placholder(tf.float32)", ["tf.placholder is missing", "nearest is tf.placeholder"]),
        ("tf.placeholder(tf.float32, shap=[1])", ["no argument 'shap'", "'shape'"]),
        ("tf.reduce_sum(1, 2, 3, 4, 5, 6, 7, 8)", ["takes 6 arguments by place, not 8"]),
        ("tf.GraphKeys.TRAINABLE", ["tf.GraphKeys.TRAINABLE is missing"]),
        ("tf.train.Saver2", ["TensorFlow 1.15 has no such name"]),
        ("x = tf.nn; x.conv2D(1)", ["tf.nn.conv2D is missing", "tf.nn.conv2d"]),
        ("from tensorflow.nn import relu7", ["tf.nn.relu7 is missing", "tf.nn.relu"]),
        ("from tensorflow.python.framework import bogus", ["tf.python.framework.bogus is missing"]),
        ("import tensorflow.bogus as b", ["tf.bogus is missing"]),
        ("import tensorflow.nn as nn; nn.relu(1, nam='a')", ["no argument 'nam'"]),
        ("import tensorflow.nn; tensorflow.nn.relu8", ["tf.nn.relu8 is missing"]),
        ("def f(y=tf.zeross): pass", ["tf.zeross is missing"]),
        ("@tf.py_fun\ndef f(): pass", ["tf.py_fun is missing"]),
        ("[tf.zeross([a]) for a in tf.onez]", ["tf.zeross", "tf.onez"]),
    ],
)
def test_what_is_missing_is_told(line, words):
    told = faults(f"import tensorflow as tf\n{line}\n")
    assert {where for where, _ in told} == {2}
    assert all(any(word in said for _, said in told) for word in words), told


@pytest.mark.parametrize(
    "text",
    [
        "def f(tf):\n    return tf.placholder\n",
        "tf = object()\ntf.placholder\n",
        "for tf in []:\n    tf.placholder\n",
        "try:\n    import tensorflow.bogus\nexcept ImportError:\n    pass\n",
        "try:\n    tf.batch_mul(1)\nexcept AttributeError:\n    tf.matmul(1, 2)\n",
        "from .tensorflow import bogus\n",
        "import tensorflow_hub\ntensorflow_hub.bogus\n",
        "tf.zeros(*shapes, **more)\n",
        "x = tf.zeros([2])\nx.bogus\n",
        "tf.Session().bogus\n",
        "def f():\n    tf.model.add(1)\ntf.model = object()\ntf.model.fit()\n",
        "from tensorflow.python.ops.rnn_cell import *\n",
    ],
)
def test_what_is_no_fault(text):
    assert faults("import tensorflow as tf\n" + text) == []


def test_names_that_functions_see_may_be_bound_below():
    text = "def f():\n    return tf.placholder\nimport tensorflow as tf\n"
    assert [line for line, _ in faults(text)] == [2]


def test_arguments_that_arg_scope_passes_on():
    text = (
        "import tensorflow as tf\nfrom tensorflow.contrib.framework import arg_scope\n"
        "with arg_scope([tf.zeros], dtyp=3):\n    pass\n"
    )
    told = [said for _, said in faults(text)]
    assert "tf.zeros() has no argument 'dtyp'; the nearest is 'dtype'" in told


def test_lines_and_exit_code(tmp_path, capsys):
    file = tmp_path / "bad.py"
    file.write_text("import tensorflow as tf\n\n\ntf.placholder\ntf.placholder\n")
    assert check.main([str(file)]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith(f"{file}:4: tf.placholder is missing")
    assert out[0].endswith(" (also in line 5)")
    assert out[1].endswith("2 uses of 1 symbols: 1 missing or different")


def test_directories_are_searched(tmp_path, capsys):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.py").write_text("import tensorflow as tf\ntf.zeros([1])\n")
    (tmp_path / "y.py").write_text("import tensorflow as tf\ntf.zeross\n")
    assert check.main([str(tmp_path)]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 3


@pytest.mark.parametrize(
    "content, said",
    [
        (b"print 'a'\n", "line 1"), (b"\xff\xfe\x00", "cannot be read"), (None, "No such file"),
        (b"# coding: no-such-code\n", "cannot be read"), (b"x = '\0'", "cannot be read"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(tmp_path, capsys, content, said):
    file = tmp_path / "wrong.py"
    if content is not None:
        file.write_bytes(content)
    assert check.main([str(file)]) == 2
    assert said in capsys.readouterr().err


def test_nothing_of_the_script_is_run(tmp_path):
    file = tmp_path / "evil.py"
    file.write_text(f"open({str(tmp_path / 'made')!r}, 'w')\n")
    assert check.main([str(file)]) == 0
    assert not (tmp_path / "made").exists()


def test_without_files_the_usage_is_told(capsys):
    assert check.main([]) == 2
    assert "usage: flowgraph check" in capsys.readouterr().err
    assert check.main(["--help"]) == 0
