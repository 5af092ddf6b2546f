"""What a diagram of a net shows: volumes from left to right, what leads from each to the next.

`find_stages` follows the longest way from an input to the output; what keeps a volume's size and
has no weights joins the stage before, what repeats is folded with a count, and other ways (a
residual's shortcut, parallel branches) become `Arc`s.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from flowgraph.viz.network import words
from flowgraph.viz.network.layers import Layer, Network
from flowgraph.viz.reading import shape_text

LONGEST_PERIOD = 8
QUIET = ("flatten", "reshape", "identity", "squeeze", "cast", "slice", "padding")
"""What changes how values are written and not what they are: between two stages, not a stage."""
SHORT = {"batch normalisation": "BN", "local response normalisation": "LRN"}


class Form(Enum):
    """How a volume is drawn."""

    MAPS = "maps"  # [n, height, width, maps]
    UNITS = "units"  # [n, units]
    SEQUENCE = "sequence"  # [n, steps, features]
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Volume:
    """The values of one example: how they are drawn and how large they are."""

    form: Form
    maps: int | None = None
    space: tuple[int | None, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """A volume and what made it of the one before.

    `does` are the lines below the arrow; `times` counts the layers folded into it, `shortcuts` the
    arcs among them. `window` is the filter's or pool's size.
    """

    name: str
    volume: Volume
    kind: str
    does: tuple[str, ...] = ()
    window: tuple[int, ...] = ()
    times: int = 1
    shortcuts: int = 0

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes two stages alike."""
        return self.volume, self.kind, self.does


@dataclass(frozen=True, slots=True)
class Arc:
    """Another way from one stage to a later one, by their numbers; -1 comes from outside."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """Stages `first` to `last` stand for as many again, `times` altogether."""

    first: int
    last: int
    times: int


@dataclass(frozen=True, slots=True)
class Diagram:
    """What is drawn."""

    stages: tuple[Stage, ...]
    arcs: tuple[Arc, ...]
    repeats: tuple[Repeat, ...]


def find_stages(network: Network) -> Diagram:
    """The stages along the longest way through a net.

    Raises:
      ValueError: when the net's layers have no outputs that are known (a Keras subclass).
    """
    layers = network.layers
    if any(layer.output is None for layer in layers):
        name = next(layer.name for layer in layers if layer.output is None)
        raise ValueError(f"the layer {name!r} of {network.title} has no outputs to draw: give the "
                         "tensor that the net computes")  # fmt: skip
    way = _longest_way(layers)
    stages, stage_of = _along(layers, way)
    arcs = _arcs(layers, way, stage_of)
    return _folded(stages, arcs)


# --- the way --------------------------------------------------------------------------------------
def _longest_way(layers: Sequence[Layer]) -> list[int]:
    """The layers on the longest way, counted in layers with weights, to the last of them."""
    length: list[tuple[int, int]] = []
    before: list[int | None] = []
    for layer in layers:
        best = max(layer.inputs, key=lambda i: length[i], default=None)
        weighty, steps = length[best] if best is not None else (0, 0)
        length.append((weighty + layer.weighty, steps + 1))
        before.append(best)
    taken = {i for layer in layers for i in layer.inputs}
    ends = [i for i in range(len(layers)) if i not in taken]
    at: int | None = max(ends, key=lambda i: (length[i], i))
    way = []
    while at is not None:
        way.append(at)
        at = before[at]
    return way[::-1]


def _along(layers: Sequence[Layer], way: Sequence[int]) -> tuple[list[Stage], dict[int, int]]:
    """The stages, and the stage in which each layer of the way ends."""
    stages: list[Stage] = []
    stage_of: dict[int, int] = {}
    volume = Volume(Form.OTHER)
    for number in way:
        layer = layers[number]
        before, volume = volume, volume_of(layer)
        does = words.what(layer)
        if not stages:
            stages.append(Stage(layer.name, volume, kind_of(layer)))
        elif len(stages) == 1 and not layer.weighty and stages[0].kind == "input":
            stages[0] = _prepared(stages[0], volume)
        elif _joins(layer, does, volume, before):
            stages[-1] = _joined(stages[-1], layer, does)
        else:
            lines = _lines(does, words.activation(layer))
            window = tuple(words.window(op)) if (op := words.main_op(layer)) is not None else ()
            stages.append(Stage(layer.name, volume, kind_of(layer), lines, window))
        stage_of[number] = len(stages) - 1
    return stages, stage_of


def _prepared(stage: Stage, volume: Volume) -> Stage:
    """The input after its preparation (a cast, a margin, another shape)."""
    if volume.form is Form.MAPS and volume.maps == 1:
        volume = replace(volume, text=volume.text.partition("@")[2] or volume.text)
    return replace(stage, volume=volume)


def _joins(layer: Layer, does: str, volume: Volume, before: Volume) -> bool:
    """Whether a layer is no stage of its own."""
    if does in QUIET or does.startswith("flatten"):
        return True
    light = not layer.weighty or does == "batch normalisation"
    return light and volume == before


def _joined(stage: Stage, layer: Layer, does: str) -> Stage:
    """The stage with what a light layer adds to it, if that is worth a word."""
    more = [SHORT.get(does, does)] if does in ("dropout", *SHORT) else []
    activation = words.activation(layer)
    more += [activation] if activation else []
    new = [m for m in more if not any(m in line.split(", ") for line in stage.does)]
    if not new or not stage.does:
        return stage
    return replace(stage, does=(*stage.does[:-1], ", ".join([stage.does[-1], *new])))


def _lines(does: str, activation: str) -> tuple[str, ...]:
    """ "convolution 5×5, stride 2" and "tanh" as short lines."""
    first, *rest = [SHORT.get(part, part) for part in does.split(", ")]
    if activation and activation not in rest and activation != first:
        rest.append(activation)
    name, _, size = first.rpartition(" ")
    lines = [name, size] if size[:1].isdigit() else [first]
    return tuple(lines + ([", ".join(rest)] if rest else []))


def kind_of(layer: Layer) -> str:
    """What a layer is in a legend: input, convolution, pooling, dense, recurrent or other."""
    if layer.is_input:
        return "input"
    does = words.what(layer)
    if any(does.startswith(name) for name in ("LSTM", "GRU", "recurrent")):
        return "recurrent"
    for word, kind in (("convolution", "convolution"), ("pooling", "pooling"),
                       ("full connection", "dense")):  # fmt: skip
        if word in does:
            return kind
    return "other"


def volume_of(layer: Layer) -> Volume:
    """One example's values, without the batch."""
    shape = layer.output.shape
    if not shape.rank:
        return Volume(Form.OTHER, text=shape_text(shape) or "a number")
    sizes = shape.as_list()[1:]
    text = "×".join("?" if s is None else str(s) for s in sizes) or "1"
    if len(sizes) >= 3:
        op = words.main_op(layer)
        first = op is not None and str(op.attrs.get("data_format", "")).startswith("NC")
        maps, space = (sizes[0], sizes[1:]) if first else (sizes[-1], sizes[:-1])
        size = "×".join("?" if s is None else str(s) for s in space)
        if layer.is_input and maps == 1:
            return Volume(Form.MAPS, 1, tuple(space), size)
        return Volume(Form.MAPS, maps, tuple(space), f"{'?' if maps is None else maps}@{size}")
    if len(sizes) == 2:
        picture = layer.is_input and None not in sizes and min(sizes) > 8
        form = Form.MAPS if picture else Form.SEQUENCE
        space = tuple(sizes) if picture else (sizes[0],)
        return Volume(form, 1 if picture else sizes[1], space, text)
    return Volume(Form.UNITS, sizes[0] if sizes else 1, (), text)


# --- other ways -----------------------------------------------------------------------------------
def _arcs(layers: Sequence[Layer], way: Sequence[int], stage_of: dict[int, int]) -> list[Arc]:
    """From the way and back to it: for each join, where its other inputs left the way."""
    arcs: list[Arc] = []
    for before, number in itertools.pairwise(way):
        for other in layers[number].inputs:
            if other == before and number != other:
                continue
            start, passed = _back(layers, other, stage_of)
            if start == stage_of[number] and not passed:
                continue
            arcs.append(Arc(start, stage_of[number], _branch_text(layers, passed, start)))
    return _bundled(arcs)


def _back(layers: Sequence[Layer], number: int, stage_of: dict[int, int]) -> tuple[int, list[int]]:
    """The stage where a branch left the way, and the layers on it."""
    passed: list[int] = []
    while number not in stage_of:
        passed.append(number)
        if not layers[number].inputs:
            return -1, passed
        number = layers[number].inputs[0]
    return stage_of[number], passed


def _branch_text(layers: Sequence[Layer], passed: list[int], start: int) -> str:
    if start < 0:
        return layers[passed[-1]].name
    telling = [i for i in passed if words.what(layers[i]) not in (*SHORT, *QUIET)]
    if len(telling) > 1:
        return f"{len(telling)} layers"
    return words.what(layers[telling[0]]) if telling else ""


def _bundled(arcs: Sequence[Arc]) -> list[Arc]:
    """Ways between the same two stages are drawn as one."""
    together: dict[tuple[int, int], list[str]] = {}
    for arc in arcs:
        together.setdefault((arc.start, arc.end), []).append(arc.text)
    return [
        Arc(start, end, texts[0] if len(texts) == 1 else f"{len(texts)} more ways")
        for (start, end), texts in together.items()
    ]  # fmt: skip


# --- repeats --------------------------------------------------------------------------------------
def _folded(stages: Sequence[Stage], arcs: Sequence[Arc]) -> Diagram:
    """Alike neighbours become one stage; alike groups of stages are drawn once with a count."""
    ends = [tuple(sorted(i - a.start for a in arcs if a.end == i)) for i in range(len(stages))]
    keys = list(zip((s.key for s in stages), ends))
    kept: list[Stage] = []
    repeats: list[Repeat] = []
    number: dict[int, int] = {}  # of a stage -> of the one that is drawn for it
    at = 0
    while at < len(stages):
        period, times = _repetition(keys, at)
        first = len(kept)
        for k in range(period):
            kept.append(replace(stages[at + k], times=times if period == 1 else 1))
        for k in range(period * times):
            number[at + k] = first + k % period
        if period > 1:
            repeats.append(Repeat(first, first + period - 1, times))
        at += period * times
    drawn = []
    for arc in arcs:
        start, end = number.get(arc.start, -1), number[arc.end]
        if start == end and any(r.first <= end <= r.last for r in repeats):
            continue  # one of the group that is drawn stands for it
        if start == end - 1 and arc.text and kept[end].times == 1:  # there is nothing to go around
            kept[end] = replace(kept[end], does=(*kept[end].does, f"+ {arc.text}"))
        elif start == end or start == end - 1:  # within what is folded there
            kept[end] = replace(kept[end], shortcuts=kept[end].shortcuts + 1)
        elif start < end:
            drawn.append(Arc(start, end, arc.text))
    return Diagram(tuple(kept), tuple(dict.fromkeys(drawn)), tuple(repeats))


def _repetition(keys: list[Any], at: int) -> tuple[int, int]:
    """How long the group is that repeats from a stage on, and how often it stands there.

    A group with ways that end in it ends where the last of them does: it is a block.
    """
    times = 1
    while at + times < len(keys) and keys[at + times][0] == keys[at][0]:
        times += 1
    if times > 1:
        return 1, times
    best = (1, 1)
    for period in range(2, LONGEST_PERIOD + 1):
        group, count = keys[at : at + period], 1
        if any(ends for _, ends in group) and not group[-1][1]:
            continue
        while keys[at + count * period : at + (count + 1) * period] == group:
            count += 1
        if count > 1 and period * count > best[0] * best[1]:
            best = (period, count)
    return best
