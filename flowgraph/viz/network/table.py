"""`summary`: the layers of a net with their outputs, parameters and multiply-adds, as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flowgraph.core.static import constant_value
from flowgraph.viz import costs
from flowgraph.viz.costs import Count
from flowgraph.viz.network import words
from flowgraph.viz.network.layers import Layer, Network, find_layers
from flowgraph.viz.palette import escape
from flowgraph.viz.reading import shape_text

HEADINGS = ("Layer", "What it does", "Output", "Parameters", "Multiply-adds")
WIDEST = 60
_NUMBERS = (3, 4)
"""The columns of numbers, which stand to the right."""


@dataclass(frozen=True, slots=True)
class Row:
    """A layer in the table.

    `shape` is its output's (None where unknown; `shape` itself is None when the rank is unknown or
    there are several), `parameters` and `trainable` count numbers, `multiply_adds` are of one
    example when the batch's size is unknown, else of the batch; None when shapes do not tell.
    `shared` names the layer that has the same variables and was counted before.
    """

    name: str
    what: str
    shape: tuple[int | None, ...] | None
    output: str
    parameters: int
    trainable: int
    multiply_adds: int | None
    adds_text: str
    shared: str = ""


@dataclass(frozen=True)
class Summary:
    """The layers of a net: `str` is a table of text, a notebook shows it as a table of its own.

    `parameters` and `trainable` are the whole net's, each variable once; `elsewhere` counts what
    belongs to no layer; `multiply_adds` is None when a layer's are unknown.
    """

    title: str
    rows: tuple[Row, ...]
    parameters: int
    trainable: int
    elsewhere: int
    bytes: int
    multiply_adds: int | None
    per_example: bool

    def __str__(self) -> str:
        return _text(self)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return _html(self)

    def row(self, name: str) -> Row:
        """A layer's row; KeyError when there is no such layer."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(f"no layer {name!r}: there are {[r.name for r in self.rows]}")


def summary(source: Any = None) -> Summary:
    """Lists the layers of a net with output shapes, parameters and multiply-adds.

    A layer is a name scope with one set of weights (or a pooling, a flattening, ...): the scopes
    that tf.layers, slim, Keras and recurrent cells open, or the author's own. Without scopes, each
    product or convolution makes a layer with its bias and its activation. A whole graph is listed
    up to its last weights, without gradients, losses and optimizers.

    Args:
      source: a Keras model, a Graph or GraphDef, the name of a scope of the default graph or a
        VariableScope, a tensor, an operation or a list of these (what they depend on). None takes
        the default graph.

    Returns:
      A `Summary`: print it, or let a notebook show it; `rows`, `parameters`, `trainable` and
      `multiply_adds` hold the numbers. Multiply-adds are those of convolutions and matrix products,
      for one example when the size of the batch is unknown.

    Raises:
      TypeError: when `source` is none of these.
      ValueError: when it has no layers, or there is no such scope; for a Keras model that has not
        been built.

    Example:
      >>> import flowgraph as tf
      >>> with tf.Graph().as_default():
      ...     x = tf.placeholder(tf.float32, [None, 784], name="x")
      ...     y = tf.layers.dense(x, 10, name="scores")
      ...     table = tf.viz.summary(y)
      >>> table.parameters, table.multiply_adds
      (7850, 7840)
    """
    if source is None:
        from flowgraph.core.graph import get_default_graph

        source = get_default_graph()
    return _summary(find_layers(source))


def _summary(network: Network) -> Summary:
    known = [_multiply_adds(layer) for layer in network.layers]
    per_example = any(_is_batch_unknown(layer) for layer in network.layers)
    first: dict[str, str] = {}
    rows = []
    for layer, counts in zip(network.layers, known):
        names = [v.name for v in layer.variables]
        shared = next((first[n] for n in names if n in first), "")
        first.update({n: layer.name for n in names if n not in first})
        rows.append(_row(layer, counts, network.trainable, shared, per_example))
    counted = {v.name: v for layer in network.layers for v in layer.variables}
    everywhere = {**{v.op.name: v.op for v in network.variables}, **counted}
    adds = [row.multiply_adds for row in rows]
    return Summary(
        network.title,
        tuple(rows),
        sum(map(parameter_count, everywhere.values())),
        sum(parameter_count(v) for n, v in everywhere.items() if n in network.trainable),
        sum(parameter_count(v) for n, v in everywhere.items() if n not in counted),
        sum(parameter_count(v) * v.attrs["dtype"].np_dtype.itemsize for v in everywhere.values()),
        None if None in adds else sum(a for a in adds if a is not None),
        per_example,
    )


def _row(
    layer: Layer, counts: tuple[list[Count], str] | None, trainable: frozenset[str], shared: str,
    per_example: bool,
) -> Row:  # fmt: skip
    shape = None if layer.output is None else layer.output.shape
    sizes = None if shape is None or shape.rank is None else tuple(shape.as_list())
    number, text = _adds(counts, per_example)
    return Row(
        layer.name, words.phrase(layer), sizes, "" if shape is None else shape_text(shape),
        sum(map(parameter_count, layer.variables)),
        sum(parameter_count(v) for v in layer.variables if v.name in trainable),
        number, text, shared,
    )  # fmt: skip


def parameter_count(variable: Any) -> int:
    """How many numbers a variable's operation holds; 0 when its shape is unknown."""
    return variable.attrs["shape"].num_elements() or 0


def _is_batch_unknown(layer: Layer) -> bool:
    shape = None if layer.output is None else layer.output.shape
    return bool(shape is not None and shape.rank and shape.as_list()[0] is None)


def _multiply_adds(layer: Layer) -> tuple[list[Count], str] | None:
    """What a layer's convolutions and products count; None when shapes do not tell.

    The text is " a step" when a loop's rounds are unknown.
    """
    if layer.output is None:  # of a Keras subclass, whose calls nobody wrote down
        return None
    counts, step = _of_operations(layer.operations)
    return None if None in counts else (costs.total(counts), step)


def _of_operations(operations: Sequence[Any]) -> tuple[list[Count | None], str]:
    counts: list[Count | None] = []
    step = ""
    for op in operations:
        if op.type in costs.PRODUCTS:
            counts.append(costs.multiply_adds(op))
        elif op.type in words.LOOPS:
            inner, _ = _of_operations(op.attrs["body"].get_operations())
            rounds = _rounds(op)
            step = step or (" a step" if rounds is None and inner else "")
            counts += [c if c is None else c.times(rounds or 1) for c in inner]
        elif op.type in words.BRANCHES:
            inner, more = _of_operations(op.attrs["then_branch"].get_operations())
            counts, step = counts + inner, step or more
    return counts, step


def _rounds(loop: Any) -> int | None:
    """How often a loop goes round at most, when its counter's bound is known before."""
    bounds = [
        bound for op in loop.attrs["cond"].get_operations() if op.type == "Less"
        for bound in _bounds(op.inputs[1])
    ]  # fmt: skip
    return min(bounds, default=None)


def _bounds(tensor: Any) -> list[int]:
    """What is known of a number; the smaller of two is at most either (a sequence's length)."""
    value = constant_value(tensor)
    if value is not None:
        return [int(value)] if value.ndim == 0 else []
    captured = tensor.graph.captured_from if hasattr(tensor.graph, "captured_from") else {}
    if tensor in captured:
        return _bounds(captured[tensor])
    if tensor.op.type == "Minimum":
        return [bound for part in tensor.op.inputs for bound in _bounds(part)]
    return []


def _adds(counts: tuple[list[Count], str] | None, per_example: bool) -> tuple[int | None, str]:
    """Multiply-adds as a number and in words; a power of the unknown batch is one example's."""
    if counts is None:
        return None, "?"
    terms, step = counts
    if per_example:
        terms = [Count(t.number, t.power - 1) if t.power else t for t in terms]
    if step or any(t.power for t in terms):
        return None, (" + ".join(t.text() for t in terms) or "0") + step
    number = round(math.fsum(t.number for t in terms))
    return number, f"{number:,}"


# --- text -----------------------------------------------------------------------------------------
def _text(summary: Summary) -> str:
    cells = [[_cut(c) for c in _cells(row)] for row in summary.rows]
    widths = [max(map(len, column)) for column in zip(HEADINGS, *cells)]

    def line(fields: Sequence[str]) -> str:
        parts = [
            f.rjust(w) if i in _NUMBERS else f.ljust(w)
            for i, (f, w) in enumerate(zip(fields, widths))
        ]  # fmt: skip
        return "  ".join(parts).rstrip()

    rule = "─" * (sum(widths) + 2 * (len(widths) - 1))
    head = f"{summary.title}: {_plural(len(summary.rows), 'layer')}"
    lines = [head, rule, line(HEADINGS), rule, *map(line, cells), rule, *_totals(summary)]
    return "\n".join(lines)


def _cells(row: Row) -> list[str]:
    parameters = f"{row.parameters:,}" if row.parameters else "–"
    what = row.what
    if row.shared:
        what += " (shared)"
    elif row.parameters and not row.trainable:
        what += " (fixed)"
    return [row.name, what, row.output, parameters,
            row.adds_text if row.adds_text != "0" else "–"]  # fmt: skip


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST // 3] + "…" + text[-2 * WIDEST // 3 + 1 :]


def _totals(summary: Summary) -> list[str]:
    fixed = summary.parameters - summary.trainable
    size = Count(summary.bytes).text("B")
    parts = "all trainable" if not fixed else f"{summary.trainable:,} trainable, {fixed:,} not"
    first = f"{summary.parameters:,} parameters ({size}): {parts}" if summary.parameters else (
        "no parameters"
    )  # fmt: skip
    if summary.elsewhere:
        first += f"; {summary.elsewhere:,} of them in no layer"
    whose = "an example" if summary.per_example else "the batch"
    if summary.multiply_adds is None:
        return [first, "multiply-adds: some layers' sizes are known in a run only"]
    return [first, f"{summary.multiply_adds:,} multiply-adds for {whose}"]


def _plural(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")


# --- HTML -----------------------------------------------------------------------------------------
_STYLE = "border-collapse:collapse;font-size:13px;line-height:1.35"
_CELL = "padding:3px 12px 3px 0;text-align:{side};white-space:nowrap;vertical-align:top"


def _html(summary: Summary) -> str:
    """A table whose bars tell at a glance which layers hold most; colours follow the page."""
    most = max((row.parameters for row in summary.rows), default=0)
    most_adds = max((row.multiply_adds or 0 for row in summary.rows), default=0)
    head = "".join(_cell("th", escape(h), i) for i, h in enumerate(HEADINGS))
    body = []
    for row in summary.rows:
        cells = [escape(c) for c in _cells(row)]
        cells[0] = f"<b>{cells[0]}</b>"
        cells[3] += _bar(row.parameters, most, "#0072B2")
        cells[4] += _bar(row.multiply_adds or 0, most_adds, "#D55E00")
        body.append("<tr>" + "".join(_cell("td", c, i) for i, c in enumerate(cells)) + "</tr>")
    totals = "<br>".join(map(escape, _totals(summary)))
    return (
        f'<table style="{_STYLE}"><caption style="text-align:left;padding:4px 0">'
        f"{escape(summary.title)}: {_plural(len(summary.rows), 'layer')}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody>"
        f'<tfoot><tr><td colspan="{len(HEADINGS)}" style="text-align:left;padding:6px 0">'
        f"{totals}</td></tr></tfoot></table>"
    )


def _cell(tag: str, content: str, column: int) -> str:
    side = "right" if column in _NUMBERS else "left"
    return f'<{tag} style="{_CELL.format(side=side)}">{content}</{tag}>'


def _bar(value: int, most: int, color: str) -> str:
    """A bar below a number, as long as its share of the largest."""
    share = 100 * value / most if most else 0
    if not share:
        return ""
    return (
        f'<div style="height:3px;margin-top:1px;margin-left:auto;width:{max(share, 1):.0f}%;'
        f'background:{color};border-radius:2px"></div>'
    )
