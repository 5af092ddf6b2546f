"""What a script is given and cannot use: TensorFlow's class of error, one line of it, exit code 1.

Each script runs in a process of its own, as users run it. Bad arguments of the command itself are
in test_run.py.
"""

import os
import re
import signal
import subprocess
import sys

import pytest

READ = """
import tensorflow as tf
value = {}
with tf.Session() as session:
    session.run(value)
"""
RECORDS = 'tf.data.TFRecordDataset("data").make_one_shot_iterator().get_next()'
CASES = {
    "no file of an image": (
        None, 'tf.image.decode_png(tf.read_file("data"))', "NotFoundError: data; No such file",
    ),
    "no file of records": (None, RECORDS, "NotFoundError: data; No such file"),
    "no records in the file": (
        b"x" * 40, RECORDS, "DataLossError: corrupted record at 0 in data .is this a TFRecord file",
    ),
    "a file of records cut short": (
        b"\x05" + bytes(7), RECORDS, "DataLossError: truncated record at 0 in data",
    ),
    "no image in the file": (
        b"no image", 'tf.image.decode_jpeg(tf.read_file("data"))',
        "InvalidArgumentError: Expected image .JPEG, PNG, GIF., got unknown format",
    ),
    "no example in a record": (
        b"junkjunk",
        'tf.parse_single_example(tf.read_file("data"), {"a": tf.FixedLenFeature([], tf.int64)})',
        "InvalidArgumentError: Could not parse example input, value: b'junkjunk'",
    ),
    "no numbers in a line": (
        b"1,x", 'tf.decode_csv(tf.read_file("data"), [[0], [0]])',
        "InvalidArgumentError: Field 1 in record 0 is not a valid int32: x",
    ),
}  # fmt: skip


def run(folder, text, *arguments):
    (folder / "train.py").write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "flowgraph", "run", "train.py", *arguments],
        capture_output=True, text=True, cwd=folder, env=dict(os.environ), check=False,
    )  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_data(tmp_path, case):
    data, value, expected = CASES[case]
    if data is not None:
        (tmp_path / "data").write_bytes(data)
    done = run(tmp_path, READ.format(value))
    assert done.returncode == 1
    assert re.search(rf"^flowgraph\.core\.errors\.{expected}", done.stderr, re.MULTILINE), (
        done.stderr
    )
    assert [line.split(",")[1] for line in done.stderr.splitlines() if "  File" in line] == [
        " line 5"
    ]
    assert "created at" in done.stderr


FLAGS = """
import tensorflow as tf
tf.app.flags.DEFINE_integer("steps", 3, "how many")
tf.app.run(lambda _: print(tf.app.flags.FLAGS.steps))
"""


@pytest.mark.parametrize(
    "flag, expected", [("--steps=ten", "flag --steps=ten"), ("--steps", "Mis")]
)
def test_a_flag_with_a_wrong_value(tmp_path, flag, expected):
    done = run(tmp_path, FLAGS, flag)
    assert done.returncode == 1
    assert done.stderr.startswith("FATAL Flags parsing error:\n  " + expected)
    assert "Traceback" not in done.stderr


def test_a_flag_that_nobody_defined_is_left_alone_as_in_tensorflow(tmp_path):
    done = run(tmp_path, FLAGS, "--stepz=4")
    assert (done.returncode, done.stdout) == (0, "3\n"), done.stderr


ENDLESS = {
    "a queue that stays empty": "run = lambda s, q=tf.FIFOQueue(1, tf.int32).dequeue(): s.run(q)",
    "a loop without an end": """
loop = tf.while_loop(lambda i: i >= 0, lambda i: (i + 1) % 1000, [0])
run = lambda s: s.run(loop)""",
    "batches of files": """
open("lines", "w").write("1 2")
_, line = tf.TextLineReader().read(tf.train.string_input_producer(["lines"]))
batch = tf.train.shuffle_batch([line], 4, 100, 50, num_threads=2)
def run(s):
    coordinator = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(s, coordinator)
    try:
        while not coordinator.should_stop():
            s.run(batch)
    finally:
        coordinator.request_stop()
        coordinator.join(threads)""",
}


@pytest.mark.parametrize("what", ENDLESS)
def test_an_interrupt_in_a_run_shows_the_scripts_frames(tmp_path, what):
    text = f"import tensorflow as tf\n{ENDLESS[what]}\nwith tf.Session() as session:\n"
    (tmp_path / "train.py").write_text(text + "    print('on', flush=True)\n    run(session)\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "flowgraph", "run", "train.py"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        # who runs the tests in the background has interrupts ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    try:
        assert process.stdout.readline() == "on\n"
        try:
            process.wait(0.3)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode in (-signal.SIGINT, 130)
    files = {line.split('"')[1] for line in said.splitlines() if line.startswith("  File")}
    assert said.endswith("KeyboardInterrupt\n") and files == {str(tmp_path / "train.py")}, said
