"""What a net has learned and what it answers: `filters` and `feature_maps`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from flowgraph.viz.insight import feeding, plot
from flowgraph.viz.insight.plot import Plot

MOST_TITLES = 24
"""Above so many tiles there is no room for a title each."""
MOST_INPUTS = 12


def filters(
    weights: Any,
    session: Any = None,
    *,
    shape: Sequence[int] | None = None,
    most: int = 64,
    columns: int | None = None,
    names: Sequence[Any] | None = None,
    title: str | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Plot:
    """Draws a layer's weights as a grid of small pictures, all on one scale of colours.

    One input map: a picture a filter, where purple is positive and orange negative. Three: colours.
    More: a row for each input map. A dense layer's units are drawn with `shape`.

    Args:
      weights: an array, or a variable, tensor or its name, which `session` runs (None: the default
        session), or a Keras layer (its kernel); [height, width, inputs, filters], or for a dense
        layer [inputs, units].
      session: a session; not needed for an array or a Keras layer.
      shape: the picture that a dense layer's inputs are, as [28, 28] or [28, 28, 3].
      most: how many filters are drawn at most.
      columns: filters in a row.
      names: titles of the filters drawn.
      title: a heading.
      path: where to save (.png, .svg, .pdf, ...).

    Returns:
      `Plot(figure, values)`; the values are the weights, [height, width, inputs, filters].

    Raises:
      ValueError: for weights of another rank, or of another graph than the session's.

    Example:
      >>> import numpy as np
      >>> import flowgraph as tf
      >>> figure, values = tf.viz.filters(np.ones([5, 5, 1, 6]))
      >>> values.shape
      (5, 5, 1, 6)
    """
    plot.check_path(path)
    values = _as_filters(*_weights(weights, session), shape)
    inputs, count = values.shape[2], min(most, values.shape[3])
    if count < 1:
        raise ValueError(f"there are no filters to draw: weights of shape {list(values.shape)}")
    if inputs in (1, 3):
        drawn = _by_filter(values[..., :count], columns, names)
    else:
        drawn = _by_input(values[:, :, :MOST_INPUTS, : min(count, 16)])
    if title or values.shape[3] > count:
        more = f"the first {count} of {values.shape[3]} filters"
        drawn.suptitle(title or more, parse_math=False)
    return plot.finish(drawn, values, path)


def _weights(weights: Any, session: Any) -> tuple[np.ndarray, str]:
    """The weights' values, and their name."""
    if hasattr(weights, "get_weights"):
        held = weights.get_weights()
        if not held:
            raise ValueError(f"the layer {weights.name!r} has no weights")
        return np.asarray(held[0]), weights.name
    if isinstance(weights, np.ndarray | list | tuple):
        return np.asarray(weights), "weights"
    session = feeding.the_session(session)
    tensor = feeding.the_tensor(session, weights, "weights")
    return np.asarray(session.run(tensor)), tensor.name


def _as_filters(values: np.ndarray, name: str, shape: Sequence[int] | None) -> np.ndarray:
    """[height, width, inputs, filters]."""
    if shape is not None:
        feeding.check_rank(values, name, (2,), "[inputs, units], as `shape` is given")
        size = int(np.prod(shape))
        if size != len(values) or len(shape) not in (2, 3):
            raise ValueError(
                f"{name!r} has {len(values)} inputs, which are no picture of {list(shape)}"
            )
        height, width, *channels = shape
        return values.reshape(height, width, channels[0] if channels else 1, -1)
    if values.ndim == 2:
        raise ValueError(
            f"{name!r} has shape {list(values.shape)}, as a dense layer's weights: tell by "
            "shape=[height, width] what picture its inputs are"
        )
    feeding.check_rank(values, name, (4,), "[height, width, inputs, filters]")
    return values


def _by_filter(values: np.ndarray, columns: int | None, names: Sequence[Any] | None) -> Any:
    count = values.shape[3]
    titles = plot.names_or_numbers(names, count, "filter")
    rows, wide = plot.shape_of_grid(count, columns or (count if count <= 8 else None))
    size = 1.5 if count <= MOST_TITLES else 0.75
    titled = count <= MOST_TITLES or names is not None
    drawn = plot.figure(size * wide + 1, (size + 0.3 * titled) * rows + 0.5)
    limit = plot.limit_of(values)
    colored = values.shape[2] == 3
    grid = list(plot.cells(drawn, rows, wide, count))
    for i, axes in enumerate(grid):
        shown = 0.5 + values[..., i] / (2 * limit) if colored else values[:, :, 0, i]
        image = axes.imshow(shown, cmap=plot.DIVERGING, vmin=-limit, vmax=limit)
        plot.bare(axes, titles[i] if titled else "")
    if not colored:
        drawn.colorbar(image, ax=grid, shrink=0.8, label="weight", aspect=15 + 5 * (rows > 2))
    return drawn


def _by_input(values: np.ndarray) -> Any:
    """A row for each input map, a column for each filter."""
    inputs, count = values.shape[2:]
    drawn = plot.figure(0.62 * count + 1.6, 0.62 * inputs + 0.7)
    grid = drawn.subplots(inputs, count, squeeze=False)
    limit = plot.limit_of(values)
    for (row, column), axes in np.ndenumerate(grid):
        image = axes.imshow(values[:, :, row, column], cmap=plot.DIVERGING, vmin=-limit, vmax=limit)
        plot.bare(axes, f"{column + 1}" if row == 0 else "", 8)
        if column == 0:
            axes.set_ylabel(f"map {row + 1}", fontsize=8, rotation=0, ha="right", va="center")
    drawn.colorbar(image, ax=list(grid.flat), shrink=0.8, label="weight")
    return drawn


def feature_maps(
    session: Any,
    tensors: Any,
    feed_dict: Mapping[Any, Any] | None = None,
    *,
    picture: Any = None,
    example: int = 0,
    most: int = 32,
    columns: int | None = None,
    title: str | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Plot:
    """Draws what layers answer to an example: a small picture for each feature map.

    Args:
      session: a session; None takes the default one.
      tensors: a tensor or a list of them (or their names): maps [n, height, width, maps], or units
        [n, units], which are drawn as a strip.
      feed_dict: what to feed.
      picture: the input to draw beside them: a tensor, its name, or an array [height, width(, 3)].
      example: which of the n examples.
      most: how many maps a tensor are drawn at most.
      columns: maps in a row.
      title: a heading.
      path: where to save.

    Returns:
      `Plot(figure, values)`; the values are the example's maps [height, width, maps], a list of
      them when there is a list of tensors.

    Raises:
      ValueError: for tensors of another graph or rank, or when there is no such example.
    """
    plot.check_path(path)
    session = feeding.the_session(session)
    several = isinstance(tensors, list | tuple)
    found = [feeding.the_tensor(session, t, "tensors") for t in (tensors if several else [tensors])]
    if not found:
        raise ValueError("there are no tensors to draw")
    beside = []
    if picture is not None and not isinstance(picture, np.ndarray):
        beside = [feeding.the_tensor(session, picture, "picture")]
    fetched = feeding.run(session, found + beside, feed_dict)
    values = [_example(v, t.name, example) for v, t in zip(fetched, found)]
    shown = fetched[-1][example] if beside else picture
    drawn = _draw_maps(values, [t.op.name for t in found], shown, most, columns)
    if title:
        drawn.suptitle(title, parse_math=False)
    return plot.finish(drawn, values if several else values[0], path)


def _example(values: np.ndarray, name: str, example: int) -> np.ndarray:
    feeding.check_rank(values, name, (2, 4), "[n, height, width, maps] or [n, units]")
    if not 0 <= example < len(values):
        raise ValueError(f"example must be in [0, {len(values)}) for {name!r}, got {example}")
    return values[example]


def _draw_maps(
    values: list[np.ndarray], names: list[str], shown: Any, most: int, columns: int | None
) -> Any:
    """A band of rows for each tensor; the input on the left, as high as all of them."""
    counts = [min(most, v.shape[-1]) if v.ndim == 3 else 1 for v in values]
    wide = columns or min(max(counts), 8)
    rows = [-(-c // wide) if v.ndim == 3 else 1 for c, v in zip(counts, values)]
    left = 2 if shown is not None else 0
    drawn = plot.figure(1.25 * (wide + left) + 0.6, 1.45 * sum(rows) + 0.4)
    grid = drawn.add_gridspec(sum(rows), wide + left)
    if shown is not None:
        axes = drawn.add_subplot(grid[:, :left])
        array = np.asarray(shown)
        plot.show_picture(axes, array, f"the input, {_size(array)}")
    top = 0
    for value, name, count, high in zip(values, names, counts, rows):
        cells = grid[top : top + high, left:]
        if value.ndim == 1:
            _strip(drawn.add_subplot(cells), value, name)
        else:
            _band(drawn, cells.subgridspec(high, wide), value[..., :count], name)
        top += high
    return drawn


def _band(drawn: Any, grid: Any, maps: np.ndarray, name: str) -> None:
    limit = plot.limit_of(maps)
    signed = bool((maps < 0).any())
    scale = {"cmap": plot.DIVERGING, "vmin": -limit} if signed else {"cmap": "Purples", "vmin": 0}
    _, wide = grid.get_geometry()
    panels = []
    for i in range(maps.shape[-1]):
        axes = drawn.add_subplot(grid[divmod(i, wide)])
        image = axes.imshow(maps[..., i], vmax=limit, **scale)
        plot.bare(axes, f"{name} {i + 1}" if len(name) < 12 else f"map {i + 1}", 8)
        if i == 0:
            label = _size(maps) if len(name) < 12 else f"{name[-24:]}\n{_size(maps)}"
            axes.set_ylabel(label, fontsize=8)
        panels.append(axes)
    drawn.colorbar(image, ax=panels, shrink=0.8)


def _strip(axes: Any, units: np.ndarray, name: str) -> None:
    colors = [plot.BLUE if u >= 0 else plot.ORANGE for u in units]
    axes.bar(np.arange(len(units)), units, color=colors, width=0.8)
    axes.set_title(f"{name}, {len(units)} units", fontsize=8, parse_math=False)
    axes.tick_params(labelsize=7)
    plot.plain(axes)


def _size(values: np.ndarray) -> str:
    return f"{values.shape[0]}×{values.shape[1]}" if values.ndim > 1 else f"{len(values)}"
