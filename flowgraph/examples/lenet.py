"""The main job: LeNet-5 learns the handwritten digits (`flowgraph lenet`).

This file is the command line; the graph is built in `lenet_model`, trained in `lenet_training`,
kept in `lenet_checkpoint`; `flowgraph.viz` draws what it learned.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np

from flowgraph.examples import mnist
from flowgraph.examples.lenet_checkpoint import CheckpointError
from flowgraph.examples.lenet_training import Settings, Training

EPOCHS = 8
OUT = Path("lenet-out")
CHECKPOINT = "checkpoint.npz"
USER_ERROR, INTERRUPTED = 2, 130


class UsageError(ValueError):
    """The command line is not one that can be followed; the message is one line."""


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    epochs: int
    batch: int
    seed: int
    data: Path | None
    out: Path
    resume: bool
    train_size: int | None
    test_size: int | None


def main(argv: Sequence[str] | None = None) -> int:
    """Trains LeNet-5 as the command line says.

    Args:
        argv: the options; None takes those of the process.

    Returns:
        0 when all went well, 2 for a user's mistake (said in one line), 130 after Ctrl-C.
    """
    program = "python -m flowgraph.examples.lenet" if argv is None else "flowgraph lenet"
    try:
        return _run(_parse(argv, program), program)
    except (UsageError, mnist.DataError, CheckpointError) as error:
        print(f"{program}: {error}", file=sys.stderr)
    except OSError as error:
        print(f"{program}: {error.filename or 'file'}: {error.strerror}", file=sys.stderr)
    return USER_ERROR


def draw_report(training: Training, out: Path) -> None:
    """Writes the pictures of a training into a directory."""
    from flowgraph import viz  # it takes a while to import, and a typing error does not need it

    net, digits, history = training.net, training.digits, training.history
    # The first 7 of the test digits; a small setting may hold none.
    sevens = np.flatnonzero(digits.test_labels == 7)
    digit = digits.test_images[sevens[0] if len(sevens) else 0]
    viz.loss_curve(
        history.losses, errors=history.errors, steps_per_epoch=training.steps_per_epoch,
        title="LeNet-5 on MNIST", path=out / "learning_curve.png",
    )  # fmt: skip
    viz.filters(
        net.filters, training.session, title="C1: what each of the first layer's filters looks for",
        path=out / "filters.png",
    )  # fmt: skip
    viz.feature_maps(
        training.session, [net.c1, net.s2], {net.digits: digit[None]}, picture=net.digits,
        path=out / "feature_maps.png",
    )  # fmt: skip
    guesses = training.guesses(digits.test_images)
    viz.confusion(
        digits.test_labels, guesses, images=digits.test_images, path=out / "confusion.png"
    )
    for ending in ("svg", "png"):
        viz.architecture(net.graph, out / f"architecture.{ending}")
        viz.draw(net.graph, out / f"graph.{ending}")


def _run(options: Options, program: str) -> int:
    checkpoint = options.out / CHECKPOINT
    try:
        digits = mnist.load(options.data).head(options.train_size, options.test_size)
        options.out.mkdir(parents=True, exist_ok=True)
        with Training(digits, Settings(options.batch, options.seed)) as training:
            if options.resume:
                training.restore(checkpoint)
                print(f"resumed {checkpoint} at step {len(training.history.losses):,}")
            return _train(training, options, program)
    except KeyboardInterrupt:  # before the first step, or the second Ctrl-C
        print("\nstopped", file=sys.stderr)
        return INTERRUPTED


def _train(training: Training, options: Options, program: str) -> int:
    checkpoint = options.out / CHECKPOINT
    sizes = (len(training.digits.train_labels), len(training.digits.test_labels))
    print(f"LeNet-5: {sizes[0]:,} training digits, {sizes[1]:,} test digits")
    try:
        training.train(options.epochs, _reporter(training, options, checkpoint))
        draw_report(training, options.out)
    except KeyboardInterrupt:
        if training.whole:
            training.save(checkpoint)
            print(f"\nstopped at step {len(training.history.losses):,}, saved {checkpoint}")
        if checkpoint.exists():
            print(f"go on with:  {_resume_command(options, program)}")
        return INTERRUPTED
    print(f"test error {_percent(training)}; pictures and checkpoint in {options.out}")
    return 0


def _reporter(training: Training, options: Options, checkpoint: Path) -> Callable[[], None]:
    """What happens after each epoch: a line for the reader, and the checkpoint."""
    began = time.perf_counter()
    steps_before = len(training.history.losses)

    def report() -> None:
        nonlocal began, steps_before
        history = training.history
        training.save(checkpoint)
        now, steps = time.perf_counter(), len(history.losses)
        loss = np.mean(history.losses[-training.steps_per_epoch :])
        rate = (steps - steps_before) * training.settings.batch / (now - began)
        print(
            f"epoch {len(history.errors)}/{options.epochs}: loss {loss:.4f}, "
            f"test error {_percent(training)}  ({now - began:.0f} s, {rate:,.0f} images/s)",
            flush=True,
        )
        began, steps_before = now, steps

    return report


def _percent(training: Training) -> str:
    return f"{100 * training.history.errors[-1]:.2f} %"


def _resume_command(options: Options, program: str) -> str:
    """The command line that goes on where this one stopped."""
    words = [*program.split(), "--resume", f"--epochs={options.epochs}"]
    words += [f"--batch={options.batch}", f"--seed={options.seed}"]
    given = {
        "data": options.data,
        "out": options.out if options.out != OUT else None,
        "train-size": options.train_size,
        "test-size": options.test_size,
    }
    words += [f"--{name}={value}" for name, value in given.items() if value is not None]
    return shlex.join(words)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (--help tells more)")


def _parse(argv: Sequence[str] | None, program: str) -> Options:
    parser = _Parser(prog=program, description="Trains LeNet-5 on handwritten digits.")
    add = parser.add_argument
    add("--epochs", type=_positive, default=EPOCHS, help="in total (default: %(default)s)")
    add("--batch", type=_positive, default=Settings().batch, help="digits a step (%(default)s)")
    add("--data", type=Path, metavar="DIR", help="the four idx files, gzipped or not (shipped)")
    add("--out", type=Path, metavar="DIR", default=OUT, help="where to write (./%(default)s)")
    add("--resume", action="store_true", help="go on from the checkpoint in --out")
    add("--seed", type=_natural, default=Settings().seed, help="of weights and order (%(default)s)")
    add("--train-size", type=_positive, metavar="N", help="only the first N training digits")
    add("--test-size", type=_positive, metavar="N", help="only the first N test digits")
    return Options(**vars(parser.parse_args(argv)))


def _positive(text: str) -> int:
    number = _natural(text)
    if number == 0:
        raise argparse.ArgumentTypeError("expected a number above 0, found 0")
    return number


def _natural(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        message = f"expected a whole number of at most 9 digits, found {text!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
