"""`excite`: the input that a filter answers to most, by gradient ascent."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from flowgraph.viz.insight import feeding, plot
from flowgraph.viz.insight.gradients import gradient_of
from flowgraph.viz.insight.plot import Plot


def excite(
    session: Any,
    target: Any,
    input: Any,
    feed_dict: Mapping[Any, Any] | None = None,
    *,
    channels: int | Sequence[int] | None = None,
    steps: int = 100,
    rate: float = 0.1,
    decay: float = 0.02,
    blur: float = 0.6,
    jitter: int = 1,
    shape: Sequence[int] | None = None,
    seed: int = 0,
    title: str | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Plot:
    """Draws what most excites filters or units: inputs that grew from noise along the gradient.

    Without regularisation the ascent ends in noise that means nothing to people; here the input
    decays, is blurred, and is moved by a pixel or so (Yosinski and others, 2015; Mordvintsev and
    others, 2015).

    Args:
      session: a session; None takes the default one.
      target: maps [n, height, width, maps], whose mean over places counts, or units [n, units].
      input: the picture [n, height, width(, channels)]: a placeholder or a tensor made of it, of
        floating numbers.
      feed_dict: what else to feed (keep_prob, is_training).
      channels: which maps or units; None takes the first sixteen.
      steps: of ascent.
      rate: how far a step goes, in units of the gradient's own size.
      decay: the share by which the input shrinks in each step.
      blur: the deviation of the blur after each fourth step, in pixels; 0 for none.
      jitter: by so many pixels at most the input is moved to and fro in each step.
      shape: the size [height, width(, channels)] of the input when it is not known.
      seed: of the first noise.
      title: a heading.
      path: where to save.

    Returns:
      `Plot(figure, values)`; the values are {"inputs": [k, height, width(, channels)],
      "answers": [steps + 1, k]}, the answers before each step and after the last.

    Raises:
      ValueError: for tensors of another graph or rank, a target that does not depend on the input,
        an input of unknown size without `shape`, a channel that there is none of.
      TypeError: for an input or target of whole numbers.
      RuntimeError: the graph is finalized, and its gradient was not made before.
    """
    plot.check_path(path)
    if steps < 0:
        raise ValueError(f"steps must be 0 or more, got {steps}")
    session = feeding.the_session(session)
    goal = feeding.the_tensor(session, target, "target")
    source = feeding.the_tensor(session, input, "input")
    gradient = gradient_of(goal, source)
    chosen = _channels(channels, goal)
    size = _size(source, shape)
    random = np.random.default_rng(seed)
    inputs = random.normal(0, 0.1, (len(chosen), *size)).astype(source.dtype.np_dtype)
    first = session.run(goal, feeding.with_feed(feed_dict, source, inputs))
    weights = _weights(first, chosen, goal.name)

    def answer_and_slope(inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        feeds = feeding.with_feed(feed_dict, source, inputs)
        answer, slope = session.run([goal, gradient.value], {**feeds, gradient.weights: weights})
        return (answer * weights).reshape(len(chosen), -1).sum(1), slope

    how = (rate, decay, blur, jitter)
    inputs, answers = _ascent(answer_and_slope, inputs, steps, how, random)
    drawn = _draw(inputs, chosen, answers[-1])
    if title:
        drawn.suptitle(title, parse_math=False)
    return plot.finish(drawn, {"inputs": inputs, "answers": answers}, path)


def _ascent(
    answer_and_slope: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]], inputs: np.ndarray,
    steps: int, how: tuple[float, float, float, int], random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """The inputs after the last step, and the answers before each step and after the last."""
    answers = []
    for step in range(steps + 1):
        answer, slope = answer_and_slope(inputs)
        answers.append(answer)
        if step < steps:
            inputs = _climbed(inputs, slope, step, how, random)
    return inputs, np.array(answers)


def _channels(channels: int | Sequence[int] | None, goal: Any) -> list[int]:
    rank = goal.shape.rank
    if rank is not None and rank not in (2, 4):
        raise ValueError(
            f"{goal.name!r} must have rank 2 or 4 ([n, units] or [n, height, width, maps]), got "
            f"shape {goal.shape}"
        )
    count = goal.shape.as_list()[-1] if rank else None
    if channels is None:
        if count is None:
            raise ValueError(f"{goal.name!r} has an unknown number of maps: choose channels")
        return list(range(min(16, count)))
    chosen = [channels] if isinstance(channels, int | np.integer) else list(channels)
    wrong = [c for c in chosen if c < 0 or (count is not None and c >= count)]
    if wrong or not chosen:
        raise ValueError(f"channels must be in [0, {count}) for {goal.name!r}, got {channels}")
    return chosen


def _size(source: Any, shape: Sequence[int] | None) -> list[int]:
    if shape is not None:
        return list(shape)
    rank = source.shape.rank
    size = source.shape.as_list()[1:] if rank else []
    if rank not in (3, 4) or None in size:
        raise ValueError(
            f"{source.name!r} must be [n, height, width] or [n, height, width, channels] of known "
            f"size, got {source.shape}: tell shape=[height, width, channels]"
        )
    return size


def _weights(answer: np.ndarray, chosen: list[int], name: str) -> np.ndarray:
    """Chooses map `chosen[i]` of example i, and takes its mean over places."""
    if len(answer) != len(chosen):
        raise ValueError(f"{name!r} gave {len(answer)} answers to {len(chosen)} inputs")
    feeding.check_rank(answer, name, (2, 4), "[n, units] or [n, height, width, maps]")
    if max(chosen) >= answer.shape[-1]:
        raise ValueError(f"channels must be in [0, {answer.shape[-1]}) for {name!r}, got {chosen}")
    weights = np.zeros_like(answer)
    places = int(np.prod(answer.shape[1:-1]))
    for i, channel in enumerate(chosen):
        weights[i, ..., channel] = 1 / places
    return weights


def _climbed(
    inputs: np.ndarray, slope: np.ndarray, step: int, how: tuple[float, float, float, int],
    random: np.random.Generator,
) -> np.ndarray:  # fmt: skip
    """One step up along the gradient, each input's by its own size, and back towards plain ones."""
    rate, decay, blur, jitter = how
    axes = tuple(range(1, inputs.ndim))
    size = np.sqrt(np.mean(np.square(slope), axis=axes, keepdims=True)) + 1e-8
    inputs = (inputs + rate * slope / size) * (1 - decay)
    if blur and step % 4 == 3:
        inputs = _blurred(inputs, blur)
    if jitter:
        shift = random.integers(-jitter, jitter + 1, 2)
        inputs = np.roll(inputs, tuple(shift), axis=(1, 2))
    return inputs.astype(slope.dtype)


def _blurred(inputs: np.ndarray, deviation: float) -> np.ndarray:
    """A Gaussian blur along height and width; edges are repeated outwards."""
    reach = max(1, round(3 * deviation))
    offsets = np.arange(-reach, reach + 1)
    kernel = np.exp(-0.5 * (offsets / deviation) ** 2)
    kernel /= kernel.sum()
    for axis in (1, 2):
        margin = [(reach, reach) if a == axis else (0, 0) for a in range(inputs.ndim)]
        padded = np.pad(inputs, margin, mode="edge")
        length = inputs.shape[axis]
        inputs = sum(
            weight * np.take(padded, range(k, k + length), axis=axis)
            for k, weight in enumerate(kernel)
        )  # fmt: skip
    return inputs


def _draw(inputs: np.ndarray, chosen: list[int], answers: np.ndarray) -> Any:
    rows, columns = plot.shape_of_grid(len(chosen))
    drawn = plot.figure(1.5 * columns + 0.3, 1.75 * rows + 0.3)
    for i, axes in enumerate(plot.cells(drawn, rows, columns, len(chosen))):
        plot.show_picture(axes, inputs[i], f"{chosen[i]}: {answers[i]:.3g}", paper=False)
    return drawn
