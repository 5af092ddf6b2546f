"""Where a net looks: `saliency` by gradients, `occlusion` by covering parts of the input."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from flowgraph.viz.insight import feeding, plot
from flowgraph.viz.insight.feeding import with_feed
from flowgraph.viz.insight.gradients import Gradient, gradient_of
from flowgraph.viz.insight.plot import Plot

METHODS = ("gradient", "input", "smooth")
MEASURES = ("score", "lead")
MOST_EXAMPLES = 8


def saliency(
    session: Any,
    output: Any,
    input: Any,
    feed_dict: Mapping[Any, Any] | None = None,
    *,
    class_index: Any = None,
    method: str = "gradient",
    samples: int = 32,
    noise: float = 0.15,
    seed: int = 0,
    title: str | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Plot:
    """Draws how much each place of the input moves the score of a class: its gradient.

    "gradient" is plain (Simonyan, Vedaldi and Zisserman, 2013); "input" times the input, which is a
    place's share of the score if the net were linear; "smooth" the mean gradient of noisy inputs
    (SmoothGrad; Smilkov and others, 2017).

    Args:
      session: a session; None takes the default one.
      output: the scores [n, classes] before softmax, or [n]: a tensor or its name.
      input: what is looked at: the placeholder that is fed, or any floating tensor that is made of
        it (a picture after its preparation), [n, ...].
      feed_dict: what to feed.
      class_index: whose score, one number or one an example; None takes each example's best.
      method: "gradient", "input" or "smooth".
      samples: how many noisy inputs are averaged.
      noise: their deviation, as a share of the input's range.
      seed: of the noise.
      title: a heading.
      path: where to save.

    Returns:
      `Plot(figure, values)`; the values have the input's shape [n, ...]. Drawn are the first eight
      examples, pictures by the largest size among their channels.

    Raises:
      ValueError: for tensors of another graph, an output that does not depend on the input or has
        another rank, a class or a method that there is none of.
      TypeError: for an input or output of whole numbers.
      RuntimeError: the graph is finalized, and its gradient was not made before.
    """
    plot.check_path(path)
    _check(method, METHODS, "method")
    if samples < 1:
        raise ValueError(f"samples must be 1 or more, got {samples}")
    session = feeding.the_session(session)
    scores = feeding.the_tensor(session, output, "output")
    source = feeding.the_tensor(session, input, "input")
    gradient = gradient_of(scores, source)
    values, examples = feeding.run(session, [scores, source], feed_dict)
    table = feeding.scores_of(values, scores.name)
    chosen = feeding.chosen_classes(table, class_index, scores.name)
    weights = np.eye(table.shape[1], dtype=table.dtype)[chosen]
    feeds = {**(feed_dict or {}), gradient.weights: weights.reshape(values.shape)}
    if method == "smooth":
        found = _smooth(session, gradient, source, feeds, examples, samples, noise, seed)
    else:
        found = session.run(gradient.value, feeds)
        found = found * examples if method == "input" else found
    own = table[np.arange(len(table)), chosen]
    titles = [f"class {c}: {s:.3g}" for c, s in zip(chosen, own)] if values.ndim > 1 else None
    return plot.finish(_draw_maps(examples, found, titles, method, title), found, path)


def _check(word: str, known: tuple[str, ...], role: str) -> None:
    if word not in known:
        raise ValueError(f"{role} must be one of {', '.join(known)}, got {word!r}")


def _smooth(
    session: Any, gradient: Gradient, source: Any, feeds: dict[Any, Any], examples: np.ndarray,
    samples: int, noise: float, seed: int,
) -> np.ndarray:  # fmt: skip
    random = np.random.default_rng(seed)
    span = float(examples.max() - examples.min()) or 1.0
    total = np.zeros(examples.shape, np.float64)
    for _ in range(samples):
        shaken = examples + random.normal(0, noise * span, examples.shape)
        shaken = shaken.astype(examples.dtype)
        total += session.run(gradient.value, with_feed(feeds, source, shaken))
    return (total / samples).astype(examples.dtype)


def _draw_maps(
    examples: np.ndarray, found: np.ndarray, titles: list[str] | None, method: str,
    title: str | None,
) -> Any:  # fmt: skip
    """Above each example its map; what is no picture becomes bars."""
    count = min(len(examples), MOST_EXAMPLES)
    pictures = examples.ndim in (3, 4)
    drawn = plot.figure((1.7 if pictures else 2.6) * count + 1.4, 4.0)
    grid = drawn.subplots(2, count, squeeze=False)
    signed = method == "input" and pictures
    maps = [_map(found[i], signed) for i in range(count)]
    limit = plot.limit_of(np.stack(maps)) if count else 1.0
    image = None
    for i in range(count):
        upper, lower = grid[:, i]
        heading = titles[i] if titles else f"example {i + 1}"
        if not pictures:
            _bars(upper, examples[i].ravel(), heading)
            _bars(lower, found[i].ravel(), "gradient" if method != "input" else "its share")
            continue
        plot.show_picture(upper, examples[i], heading)
        scale = (
            {"cmap": plot.DIVERGING, "vmin": -limit} if signed else {"cmap": plot.WARM, "vmin": 0}
        )
        image = lower.imshow(maps[i], vmax=limit, **scale)
        plot.bare(lower)
    if image is not None:
        label = "gradient × input" if signed else "size of the gradient"
        # beside both rows, so that a map stays below its picture
        drawn.colorbar(image, ax=list(grid.ravel()), shrink=0.42, anchor=(0, 0.02), label=label)
    if title:
        drawn.suptitle(title, parse_math=False)
    return drawn


def _map(values: np.ndarray, signed: bool) -> np.ndarray:
    """[height, width]: channels' sum when signs count, else the largest size among them."""
    if signed:
        return values.sum(-1) if values.ndim == 3 else values
    return np.abs(values).max(-1) if values.ndim == 3 else np.abs(values)


def _bars(axes: Any, values: np.ndarray, title: str) -> None:
    colors = [plot.BLUE if v >= 0 else plot.ORANGE for v in values]
    axes.bar(np.arange(len(values)), values, color=colors)
    axes.set_title(title, fontsize=9)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    plot.plain(axes)


def occlusion(
    session: Any,
    output: Any,
    input: Any,
    feed_dict: Mapping[Any, Any],
    *,
    example: int = 0,
    class_index: int | None = None,
    patch: int | tuple[int, int] | None = None,
    stride: int | None = None,
    fill: float = 0.0,
    measure: str = "score",
    batch: int = 128,
    title: str | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Plot:
    """Covers one patch of a picture after another and draws how much the score falls by it.

    Zeiler and Fergus, "Visualizing and understanding convolutional networks" (2013), section 4.2.

    Args:
      session: a session; None takes the default one.
      output: the scores [n, classes] before softmax, or [n]: a tensor or its name.
      input: the picture, [n, height, width] or [n, height, width, channels]; the placeholder that
        is fed or a tensor made of it.
      feed_dict: what to feed; what it holds besides the input must do for any number of pictures.
      example: which of the n examples.
      class_index: whose score; None takes the best one of the whole picture.
      patch: the patch's height and width; None takes a quarter of the picture.
      stride: how far the patch moves; None takes a twenty-fourth of the picture.
      fill: what the patch is painted with.
      measure: "score", or "lead": the score above the best of the others.
      batch: how many covered pictures a run takes.
      title: above the picture; None tells the class and its score.
      path: where to save.

    Returns:
      `Plot(figure, values)`; the values [rows, columns] tell for each place of the patch by how
      much the score is lower than without it.

    Raises:
      ValueError: for an input or output of another rank or graph, a patch that does not fit, an
        example or class that there is none of.
    """
    plot.check_path(path)
    _check(measure, MEASURES, "measure")
    session = feeding.the_session(session)
    scores = feeding.the_tensor(session, output, "output")
    source = feeding.the_tensor(session, input, "input")
    values, pictures = feeding.run(session, [scores, source], feed_dict)
    feeding.check_rank(pictures, source.name, (3, 4), "[n, height, width] or with channels")
    if not 0 <= example < len(pictures):
        raise ValueError(f"example must be in [0, {len(pictures)}), got {example}")
    picture = pictures[example]
    own = feeding.scores_of(values, scores.name)[example : example + 1]
    chosen = int(feeding.chosen_classes(own, class_index, scores.name)[0])
    if measure == "lead" and own.shape[1] < 2:
        raise ValueError(f"a lead needs two classes or more, but {scores.name!r} has one score")
    window = (*_patch(patch, picture), _stride(stride, picture))
    rows, columns = _places(picture, window)
    batches = _covered(picture, list(itertools.product(rows, columns)), window, fill, batch)
    left = _answers(session, scores, source, feed_dict, batches)
    whole = _measured(own, chosen, measure)[0]
    drop = whole - _measured(left, chosen, measure).reshape(len(rows), len(columns))
    heading = title or f"class {chosen}, {measure} {whole:.3g}"
    return plot.finish(_draw_drop(picture, drop, window, heading, measure), drop, path)


def _places(picture: np.ndarray, window: tuple[int, int, int]) -> tuple[range, range]:
    """The rows and the columns of the patch's upper left corner."""
    high, wide, step = window
    height, width = picture.shape[:2]
    return range(0, height - high + 1, step), range(0, width - wide + 1, step)


def _stride(stride: int | None, picture: np.ndarray) -> int:
    if stride is None:
        return max(1, min(picture.shape[:2]) // 24)
    if stride < 1:
        raise ValueError(f"stride must be 1 or more, got {stride}")
    return stride


def _answers(
    session: Any, scores: Any, source: Any, feed_dict: Any, batches: Iterable[np.ndarray]
) -> np.ndarray:
    """The scores of covered pictures, all batches together."""
    found = []
    for covered in batches:
        answer = session.run(scores, with_feed(feed_dict, source, covered))
        if len(answer) != len(covered):
            raise ValueError(
                f"{scores.name!r} gave {len(answer)} scores for {len(covered)} pictures"
            )
        found.append(feeding.scores_of(answer, scores.name))
    return np.concatenate(found)


def _patch(patch: int | tuple[int, int] | None, picture: np.ndarray) -> tuple[int, int]:
    if patch is None:
        high, wide = (max(1, size // 4) for size in picture.shape[:2])
    elif isinstance(patch, tuple | list):
        high, wide = patch
    else:
        high = wide = patch
    if not (1 <= high <= picture.shape[0] and 1 <= wide <= picture.shape[1]):
        raise ValueError(f"a patch of {high}×{wide} does not fit a picture of "
                         f"{picture.shape[0]}×{picture.shape[1]}")  # fmt: skip
    return high, wide


def _covered(
    picture: np.ndarray, corners: list[tuple[int, int]], window: tuple[int, int, int], fill: float,
    batch: int,
) -> Iterator[np.ndarray]:  # fmt: skip
    """The picture with the patch at each of the corners, batch by batch."""
    high, wide, _ = window
    for begin in range(0, len(corners), batch):
        some = corners[begin : begin + batch]
        covered = np.repeat(picture[None], len(some), axis=0)
        for one, (row, column) in zip(covered, some):
            one[row : row + high, column : column + wide] = fill
        yield covered


def _measured(scores: np.ndarray, chosen: int, measure: str) -> np.ndarray:
    own = scores[:, chosen].astype(np.float64)
    if measure == "score":
        return own
    return own - np.delete(scores, chosen, axis=1).max(axis=1)


def _draw_drop(
    picture: np.ndarray, drop: np.ndarray, patch: tuple[int, int, int], heading: str, measure: str
) -> Any:
    """The picture beside the drops, each where the middle of its patch was."""
    high, wide, step = patch
    drawn = plot.figure(6.8, 3.4)
    left, right = drawn.subplots(1, 2)
    plot.show_picture(left, picture, heading)
    limit = plot.limit_of(drop)
    top, start = (high - step) / 2 - 0.5, (wide - step) / 2 - 0.5
    extent = (start, start + step * drop.shape[1], top + step * drop.shape[0], top)
    right.imshow(plot.as_picture(picture), cmap=plot.INK_ON_PAPER, alpha=0.4)
    image = right.imshow(
        drop, cmap=plot.DIVERGING, vmin=-limit, vmax=limit, extent=extent, alpha=0.7
    )
    right.set(xlim=left.get_xlim(), ylim=left.get_ylim())
    plot.bare(right, f"{measure} lost by covering {high}×{wide}")
    drawn.colorbar(image, ax=right, shrink=0.85)
    return drawn
