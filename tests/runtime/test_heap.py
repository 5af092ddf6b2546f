"""The heap keeps what a run frees, unless the user has said how the heap is to behave."""

import subprocess
import sys

import pytest

FAULTS = """
import resource
import numpy as np
import flowgraph as tf
x = tf.placeholder(tf.float32, [1000, 1000])
ys = [x + float(k) for k in range(8)]
total = tf.add_n([y * 2.0 for y in ys])
with tf.Session(config=tf.ConfigProto(inter_op_parallelism_threads=1)) as session:
    value = np.ones((1000, 1000), np.float32)
    for _ in range(20):
        session.run(total.op, {x: value})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        session.run(total.op, {x: value})
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(**environment):
    command = [sys.executable, "-c", FAULTS]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return int(found.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's heap")
def test_runs_ask_the_system_for_no_memory_again():
    assert faults() < 1000  # each of five runs takes an array of 1,000 pages
    assert faults(MALLOC_TRIM_THRESHOLD_="0", MALLOC_MMAP_THRESHOLD_="65536") > 4000
