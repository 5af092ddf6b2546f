"""The how-to of a new op does what it says."""

import subprocess
import sys


def test_the_example_runs_and_its_gradients_are_right():
    done = subprocess.run(
        [sys.executable, "-m", "flowgraph.examples.adding_an_op"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[1].split()[1] == "[99.3069"
    errors = [float(line.split()[2]) for line in lines if "derivative" in line]
    assert len(errors) == 2 and max(errors) < 1e-6
