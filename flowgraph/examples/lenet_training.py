"""The training of LeNet-5: steps, tests, checkpoints, and a clean stop on Ctrl-C.

What a step sees depends on the seed and the step's number alone, so a training that is resumed
goes on exactly as one that was never stopped. The graph is built by `lenet_model`, the command
line is in `lenet`.
"""

from __future__ import annotations

import signal
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

import flowgraph as tf
from flowgraph.examples import lenet_checkpoint
from flowgraph.examples.lenet_model import LeNet, build
from flowgraph.examples.mnist import Mnist
from flowgraph.viz.live.bar import progress

TEST_BATCH = 500
SHIFT = 1  # a training digit is moved by so many pixels at most, in each direction


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides the outcome besides the digits themselves."""

    batch: int = 64
    seed: int = 1


@dataclass(frozen=True, slots=True)
class History:
    """The curve: one loss for each step made, one test error (0 to 1) for each epoch finished."""

    losses: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)


class Training:
    """A LeNet-5, its session, its digits and how far it has come.

    `whole` is False when Ctrl-C was pressed twice and cut a step in the middle: then the weights
    fit no step's number and are not worth saving. Close it, or use it in a `with` statement.
    """

    def __init__(self, digits: Mnist, settings: Settings) -> None:
        self.digits = digits
        self.settings = settings
        self.steps_per_epoch = -(-len(digits.train_labels) // settings.batch)
        self.net: LeNet = build(settings.seed, self.steps_per_epoch)
        self.history = History()
        self.whole = True
        self._checksum = zlib.crc32(np.ascontiguousarray(digits.train_images))
        self.session = tf.Session(graph=self.net.graph)
        self.session.run(self.net.initialize)
        # A digit that is moved is a window of the padded one: [n, rows, columns, 28, 28], a view.
        padded = np.pad(digits.train_images, [(0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT)])
        self._windows = sliding_window_view(padded, digits.train_images.shape[1:], (1, 2))

    def __enter__(self) -> Training:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def train(self, epochs: int, after_epoch: Callable[[], None]) -> None:
        """Trains until there have been `epochs` epochs in total.

        Args:
            epochs: an epoch already made counts.
            after_epoch: called when an epoch's test error is in the history.

        Raises:
            KeyboardInterrupt: Ctrl-C; it comes between two steps, never within one.
        """
        with _stop_between_steps() as check:
            while len(self.history.errors) < epochs:
                self._train_epoch(epochs, check)
                self.history.errors.append(self._test(check))
                after_epoch()

    def guesses(self, images: np.ndarray) -> np.ndarray:
        """The digit that the net sees in each image, int32 [n]."""
        net = self.net
        parts = [
            self.session.run(net.guesses, {net.digits: images[i : i + TEST_BATCH]})
            for i in range(0, len(images), TEST_BATCH)
        ]
        return np.concatenate(parts)

    def save(self, path: Path) -> None:
        """Writes the checkpoint."""
        with self.net.graph.as_default():
            variables = tf.global_variables()
        values = self.session.run(variables)
        lenet_checkpoint.save(
            path,
            lenet_checkpoint.Checkpoint(
                self._fingerprint(),
                self.history.losses,
                self.history.errors,
                {v.op.name: value for v, value in zip(variables, values)},
            ),
        )

    def restore(self, path: Path) -> None:
        """Goes to where the training that wrote this checkpoint was.

        Raises:
            CheckpointError: it is missing, damaged, or of another training.
        """
        saved = lenet_checkpoint.load(path)
        lenet_checkpoint.check_settings(path, saved.settings, self._fingerprint())
        with self.net.graph.as_default():
            variables = {v.op.name: v for v in tf.global_variables()}
        shapes = {name: tuple(v.shape.as_list()) for name, v in variables.items()}
        lenet_checkpoint.check_variables(path, saved.variables, shapes)
        for name, variable in variables.items():
            variable.load(saved.variables[name], self.session)
        self.history = History(saved.losses, saved.errors)

    def _fingerprint(self) -> dict[str, int]:
        """All on which the next step depends, as integers that can be compared."""
        digits, settings = self.digits, self.settings
        return {
            "batch": settings.batch,
            "seed": settings.seed,
            "train-size": len(digits.train_labels),
            "test-size": len(digits.test_labels),
            "data checksum": self._checksum,
        }

    def _train_epoch(self, epochs: int, check: Callable[[], None]) -> None:
        """The steps that are left of the epoch under way, with a progress bar."""
        epoch, losses = len(self.history.errors), self.history.losses
        start = (len(losses) - epoch * self.steps_per_epoch) * self.settings.batch
        net, run = self.net, self.session.run
        bar = progress(
            description=f"epoch {epoch + 1}/{epochs}", total=len(self.digits.train_labels),
            loss=losses, unit="image", start=start, leave=False,
        )  # fmt: skip
        with bar:
            for images, labels in self._batches(epoch, start):
                self.whole = False
                loss, _ = run([net.loss, net.train], {net.digits: images, net.labels: labels})
                losses.append(float(loss))
                self.whole = True
                bar.update(len(labels))
                check()

    def _batches(self, epoch: int, start: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The epoch's digits in its own order, each moved by a little, from digit `start` on."""
        random = np.random.default_rng([self.settings.seed, epoch])
        order = random.permutation(len(self.digits.train_labels))
        rows, columns = random.integers(0, 2 * SHIFT + 1, (2, len(order)))
        for begin in range(start, len(order), self.settings.batch):
            part = slice(begin, begin + self.settings.batch)
            chosen = order[part]
            images = self._windows[chosen, rows[part], columns[part]]
            yield images, self.digits.train_labels[chosen].astype(np.int32)

    def _test(self, check: Callable[[], None]) -> float:
        """The share of the test digits that the net gets wrong."""
        net, digits, wrong = self.net, self.digits, 0
        for begin in range(0, len(digits.test_labels), TEST_BATCH):
            part = slice(begin, begin + TEST_BATCH)
            labels = digits.test_labels[part].astype(np.int32)
            feeds = {net.digits: digits.test_images[part], net.labels: labels}
            wrong += int(self.session.run(net.wrong, feeds))
            check()
        return wrong / len(digits.test_labels)


@contextmanager
def _stop_between_steps() -> Iterator[Callable[[], None]]:
    """Holds Ctrl-C back until the function that it yields is called; a second one is not held.

    A step that is cut in the middle would leave some weights updated and others not.
    """
    pressed = False

    def remember(_signal: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def check() -> None:
        if pressed:
            raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGINT, remember)
    except ValueError:  # not the main thread: Ctrl-C never comes here
        yield check
        return
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)
