"""The main job on a small setting: the same outcome every time, stops and resumes, plain errors."""

import shlex
import signal

import numpy as np
import pytest
from matplotlib.image import imread

from flowgraph.examples import lenet
from flowgraph.examples.lenet_training import Training

TINY = ["--train-size=500", "--test-size=200", "--batch=64"]
PICTURES = ["learning_curve", "filters", "feature_maps", "confusion", "graph", "architecture"]


@pytest.fixture
def undrawn(monkeypatch):
    """Leaves the pictures out: they take longer than the training."""
    monkeypatch.setattr(lenet, "draw_report", lambda training, out: None)


def run(out, *more):
    return lenet.main([*TINY, f"--out={out}", *more])


def arrays(out):
    with np.load(out / "checkpoint.npz") as archive:
        return {name: archive[name] for name in archive.files}


def assert_same_checkpoint(first, second, within=0.0):
    one, other = arrays(first), arrays(second)
    assert one.keys() == other.keys()
    for name, values in one.items():
        np.testing.assert_allclose(values, other[name], within, within, err_msg=name)


def test_it_learns_and_draws_what_it_learned(tmp_path, capsys):
    assert run(tmp_path, "--epochs=3") == 0

    losses = arrays(tmp_path)["history/losses"]
    assert len(losses) == 3 * 8
    assert losses[-4:].mean() < losses[:4].mean()
    for name in PICTURES:
        assert imread(tmp_path / f"{name}.png").std() > 0.02, f"{name} is blank"
    assert (tmp_path / "graph.svg").read_text().rstrip().endswith("</svg>")
    said = capsys.readouterr().out
    assert said.count("test error") == 4  # each of three epochs, and the end


def test_the_checkpoint_holds_weights_slots_and_history_without_pickle(tmp_path, undrawn):
    run(tmp_path, "--epochs=1")

    saved = arrays(tmp_path)  # np.load refuses pickle unless told
    assert saved["C1/weights"].shape == (5, 5, 1, 6)
    assert any(name.endswith("C1/weights/Momentum") for name in saved)
    assert saved["global_step"] == len(saved["history/losses"]) == 8
    assert len(saved["history/errors"]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.npz"]


def test_the_same_seed_gives_the_same_weights_and_another_does_not(tmp_path, undrawn):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        run(tmp_path / name, "--epochs=1", f"--seed={seed}")

    assert_same_checkpoint(tmp_path / "a", tmp_path / "b")
    other = arrays(tmp_path / "c")["C1/weights"]
    assert not np.array_equal(arrays(tmp_path / "a")["C1/weights"], other)


def test_a_resumed_training_equals_an_uninterrupted_one(tmp_path, undrawn):
    run(tmp_path / "straight", "--epochs=3")
    run(tmp_path / "parts", "--epochs=1")

    assert run(tmp_path / "parts", "--epochs=3", "--resume") == 0

    # A process that goes on counts its runs anew till its plan is hot, which rounds otherwise.
    assert_same_checkpoint(tmp_path / "straight", tmp_path / "parts", within=1e-4)


@pytest.mark.parametrize("step", [1, 5, 8, 11])
def test_ctrl_c_saves_and_says_how_to_go_on(tmp_path, undrawn, monkeypatch, capsys, step):
    run(tmp_path / "straight", "--epochs=2")
    with monkeypatch.context() as patch:
        press_ctrl_c_before(patch, step)
        assert run(tmp_path / "parts", "--epochs=2") == lenet.INTERRUPTED
    assert len(arrays(tmp_path / "parts")["history/losses"]) == step
    command = capsys.readouterr().out.split("go on with:")[1].strip()
    words = shlex.split(command)
    assert words[:3] == ["flowgraph", "lenet", "--resume"]

    assert lenet.main(words[2:]) == 0

    # A process that goes on counts its runs anew till its plan is hot, which rounds otherwise.
    assert_same_checkpoint(tmp_path / "straight", tmp_path / "parts", within=1e-4)


def test_a_second_ctrl_c_in_the_middle_of_a_step_saves_nothing(tmp_path, undrawn, monkeypatch):
    def cut(self, epochs, after_epoch):
        self.whole = False
        raise KeyboardInterrupt

    monkeypatch.setattr(Training, "train", cut)
    assert run(tmp_path) == lenet.INTERRUPTED
    assert list(tmp_path.iterdir()) == []


def press_ctrl_c_before(patch, step):
    """Makes the process get SIGINT when it is about to make this step, counted from 1."""
    batches, seen = Training._batches, [0]

    def counted(self, epoch, start):
        for batch in batches(self, epoch, start):
            seen[0] += 1
            if seen[0] == step:
                signal.raise_signal(signal.SIGINT)
            yield batch

    patch.setattr(Training, "_batches", counted)


def test_ctrl_c_works_as_before_when_the_training_is_over(tmp_path, undrawn):
    before = signal.getsignal(signal.SIGINT)
    run(tmp_path, "--epochs=1")
    assert signal.getsignal(signal.SIGINT) is before


def error_line(capsys):
    """The only line on stderr, without the program's name."""
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("flowgraph lenet: ")
    return line.removeprefix("flowgraph lenet: ")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--epochs=0"], "argument --epochs: expected a number above 0, found 0"),
        (
            ["--batch=ten"],
            "argument --batch: expected a whole number of at most 9 digits, found 'ten'",
        ),
        (["--seed=-1"], "argument --seed: expected a whole number of at most 9 digits, found '-1'"),
        (["--fast"], "unrecognized arguments: --fast"),
    ],
)
def test_a_wrong_option_is_one_line(options, message, capsys):
    assert lenet.main(options) == lenet.USER_ERROR
    assert error_line(capsys) == f"{message} (--help tells more)"


def test_wrong_data_is_one_line(tmp_path, capsys):
    assert lenet.main([f"--data={tmp_path}"]) == lenet.USER_ERROR
    assert "train-images-idx3-ubyte: expected this file" in error_line(capsys)
    assert lenet.main(["--train-size=60001"]) == lenet.USER_ERROR
    assert error_line(capsys) == "expected 60,001 training digits, found 60,000"


def test_an_output_directory_that_is_a_file_is_one_line(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert run(tmp_path / "file") == lenet.USER_ERROR
    assert error_line(capsys) == f"{tmp_path / 'file'}: File exists"


def test_nothing_to_resume_is_one_line(tmp_path, capsys):
    assert run(tmp_path, "--resume") == lenet.USER_ERROR
    assert error_line(capsys) == (
        f"{tmp_path / 'checkpoint.npz'}: expected a checkpoint to resume from, found nothing"
    )


def test_a_checkpoint_of_other_settings_is_one_line(tmp_path, undrawn, capsys):
    run(tmp_path, "--epochs=1")
    capsys.readouterr()
    assert run(tmp_path, "--resume", "--batch=32") == lenet.USER_ERROR
    assert error_line(capsys) == (
        f"{tmp_path / 'checkpoint.npz'}: expected a checkpoint with batch 32, found batch 64; "
        "resume with the same, or train anew without --resume"
    )


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "flipped", "foreign"])
def test_a_damaged_checkpoint_is_one_line(tmp_path, undrawn, capsys, damage):
    run(tmp_path, "--epochs=1")
    path = tmp_path / "checkpoint.npz"
    whole = path.read_bytes()
    if damage == "foreign":
        np.savez(path, something=np.zeros(3))
    else:
        path.write_bytes(
            {
                "empty": b"",
                "text": b"not a checkpoint\nat all\n",
                "cut": whole[: len(whole) // 2],
                "flipped": whole[:9000] + bytes([whole[9000] ^ 1]) + whole[9001:],
            }[damage]
        )
    capsys.readouterr()
    assert run(tmp_path, "--resume") == lenet.USER_ERROR
    assert error_line(capsys).startswith(
        f"{path}: expected a checkpoint of this program, found a damaged or another file ("
    )
