"""tf.flags and tf.app: a program's flags, in a process of its own as programs have them."""

import subprocess
import sys
import textwrap

import pytest

import flowgraph as tf
from flowgraph.platform import flags

PROGRAM = textwrap.dedent(
    """
    import flowgraph as tf

    FLAGS = tf.app.flags.FLAGS
    tf.app.flags.DEFINE_string("log_dir", "/x", "where logs go")
    tf.app.flags.DEFINE_integer("steps", default_value=3, docstring="how many")
    tf.flags.DEFINE_float("rate", 0.5, "how fast")
    tf.flags.DEFINE_boolean("train", True, "whether to train")
    tf.flags.DEFINE_enum("mode", "a", ["a", "b"], "which")
    tf.flags.DEFINE_list("names", "p,q", "some")
    tf.flags.DEFINE_multi_integer("size", [1], "sizes")

    def main(argv):
        print(argv[1:], FLAGS.log_dir, FLAGS.steps, FLAGS.rate, FLAGS.train, FLAGS.mode)
        print(FLAGS.names, FLAGS.size, FLAGS.flag_values_dict()["steps"])
        FLAGS._parse_flags()
        print(sorted(FLAGS.__flags.items())[:2])
        tf.logging.set_verbosity(tf.logging.INFO)
        tf.logging.info("step %d", 1)

    if __name__ == "__main__":
        tf.app.run()
    """
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("flags") / "program.py"
    path.write_text(PROGRAM)

    def run(*arguments):
        command = [sys.executable, str(path), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    return run


def test_a_program_gets_its_flags(run):
    done = run("--steps=4", "--notrain", "--log_dir", "/q", "--names=r", "--size=2", "--size=3",
               "--mode=b", "--other=1", "rest")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "['--other=1', 'rest'] /q 4 0.5 False b",
        "['r'] [2, 3] 4",
        "[('log_dir', '/q'), ('mode', 'b')]",
    ]
    assert done.stderr.splitlines()[-1] == "INFO:tensorflow:step 1"  # once, in TensorFlow's form


def test_a_wrong_value_ends_the_program_with_what_is_wrong(run):
    done = run("--steps=many")
    assert done.returncode == 1
    assert "flag --steps=many: invalid literal" in done.stderr
    assert "Traceback" not in done.stderr
    assert "--mode=c" in run("--mode=c").stderr


def test_help_lists_the_programs_flags(run):
    done = run("--help")
    assert "--[no]train: whether to train" in done.stdout
    assert "where logs go" in done.stdout


def test_flags_are_parsed_when_one_is_read(monkeypatch):
    values = flags._FlagValuesWrapper(flags.FlagValues())
    flags.DEFINE_string("test", "default", "a flag", flag_values=values)
    monkeypatch.setattr(sys, "argv", ["program", "--test=new"])
    assert not values.is_parsed()
    assert values.test == "new"
    values.test = "newer"
    assert values.test == values["test"].value == "newer"
    assert "test" in values and list(values) == ["test"] and len(values) == 1
    del values.test
    with pytest.raises(AttributeError):
        _ = values.test


def test_unknown_flags_are_errors_where_no_app_reads_them(monkeypatch):
    values = flags._FlagValuesWrapper(flags.FlagValues())
    flags.DEFINE_integer("n", 1, "a flag", flag_values=values)
    monkeypatch.setattr(sys, "argv", ["program", "--m=1"])
    with pytest.raises(flags.UnrecognizedFlagError, match="Unknown command line flag 'm'"):
        _ = values.n
    values = flags._FlagValuesWrapper(flags.FlagValues())
    flags.DEFINE_integer("n", 1, "a flag", flag_values=values)
    values._parse_flags()  # TensorFlow 1.4's way: they are let through
    assert values.n == 1


def test_a_required_flag_that_is_missing_is_an_error():
    values = flags.FlagValues()
    flags.DEFINE_string("name", None, "needed", flag_values=values)
    flags.mark_flag_as_required("name", flag_values=values)
    with pytest.raises(flags.IllegalFlagValueError, match="name"):
        values(["program"])
    assert tf.app.flags is tf.flags


BEFORE_1_5 = """
import flowgraph as tf
tf.app.flags.DEFINE_integer("steps", 3, "how many")
values = tf.app.flags.FLAGS.__dict__["__flags"]
print(dict(values), values["steps"], len(values))
"""


def test_values_where_scripts_looked_for_them_before_1_5(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(BEFORE_1_5)
    command = [sys.executable, str(path), "--steps=5"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout == "{'steps': 5} 5 1\n", done.stderr
