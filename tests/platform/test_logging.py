"""tf.logging."""

import logging

import pytest

import flowgraph as tf


@pytest.fixture
def records():
    """What the logger "tensorflow" gets, with its level and handlers as they were afterwards."""
    logger = tf.logging.get_logger()
    level, kept = logger.level, []

    class Keep(logging.Handler):
        def emit(self, record):
            kept.append(record)

    handler = Keep()
    logger.addHandler(handler)
    yield kept
    logger.removeHandler(handler)
    logger.setLevel(level)


def test_shows_from_the_verbosity_on(records):
    tf.logging.set_verbosity(tf.logging.WARN)
    tf.logging.info("no")
    tf.logging.warn("a %s", "b")
    tf.logging.set_verbosity(tf.logging.INFO)
    assert tf.logging.get_verbosity() == tf.logging.INFO == 20
    tf.logging.info("yes")
    tf.logging.log(tf.logging.ERROR, "c")
    tf.logging.vlog(1, "d")
    tf.logging.fatal("e")
    tf.logging.TaskLevelStatusMessage("f")
    said = [(r.levelname, r.getMessage()) for r in records]
    assert said == [
        ("WARNING", "a b"), ("INFO", "yes"), ("ERROR", "c"), ("CRITICAL", "e"), ("ERROR", "f"),
    ]  # fmt: skip
    assert {r.filename for r in records[:4]} == {"test_logging.py"}


def test_every_n_and_first_n_count_by_line(records):
    for i in range(5):
        tf.logging.log_every_n(tf.logging.ERROR, "every %d", 2, i)
        tf.logging.log_first_n(tf.logging.ERROR, "first %d", 2, i)
        tf.logging.log_if(tf.logging.ERROR, "odd %d", i % 2, i)
    said = [r.getMessage() for r in records]
    assert [s for s in said if "every" in s] == ["every 0", "every 2", "every 4"]
    assert [s for s in said if "first" in s] == ["first 0", "first 1"]
    assert [s for s in said if "odd" in s] == ["odd 1", "odd 3"]


def test_a_line_reads_as_tensorflows(capsys):
    logger = logging.Logger("tensorflow")
    from flowgraph.platform.logging import _Stream

    handler = _Stream("stderr")
    handler.setFormatter(logging.Formatter(logging.BASIC_FORMAT))
    logger.addHandler(handler)
    logger.warning("text")
    assert capsys.readouterr().err == "WARNING:tensorflow:text\n"
    prefix = tf.logging.google2_log_prefix(tf.logging.WARN, 0.5, ("/a/file.py", 3))
    assert prefix.startswith("W") and prefix.endswith("file.py:3] ") and ".500000" in prefix
