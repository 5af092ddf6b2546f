"""Every case of an op against TensorFlow's recorded behaviour, and gradients against differences.

A case (tests/golden/cases*.py) is one small graph. Its tests share one graph and session for each
way in which its placeholders are declared. `pytest -k "array/pad"` runs some cases, and
`-k values`, `gradient`, `nodes` ... one aspect.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.core import op_def
from flowgraph.core.function import FuncGraph
from flowgraph.core.op_def import Trait
from flowgraph.core.static import kernel_context

sys.path.insert(0, str(Path(__file__).parents[1]))

from golden.case import KNOWN, Array, Case, dtype_of, is_inexact
from golden.cases import FAMILIES
from golden.recorded import Reader, digest
from golden.running import (
    backward,
    forward,
    nodes_of,
    output_weights,
    shape_of,
    start,
    weights_like,
)

CASES = {case.name: case for cases in FAMILIES.values() for case in cases}
DOUBLE = np.dtype(np.float64)
RTOL = {"float64": 1e-10, "float32": 2e-5, "float16": 3e-3, "bfloat16": 2e-2, "complex64": 2e-5,
        "complex128": 1e-10}  # fmt: skip
NUMERIC_RTOL = 1e-6
STEP = 1e-3  # of the differences: five points, so that the error is of the order STEP ** 4
DIRECTIONS = 12  # with more elements than these, random directions are tried

# Op types that no case builds: why, and where they are tested.
ELSEWHERE: dict[str, tuple[str, str]] = {
    "GatherTree": ("TensorFlow 2 has it no more", "ops/nn/test_gather_tree.py"),
    "ReadFile": ("needs a file", "ops/parsing/test_files.py"),
    "WriteFile": ("needs a file", "ops/parsing/test_files.py"),
    "MatchingFiles": ("needs files", "ops/parsing/test_files.py"),
    "WholeFileReaderV2": ("needs files", "ops/parsing/test_readers.py"),
    "TextLineReaderV2": ("needs files", "ops/parsing/test_readers.py"),
    "FixedLengthRecordReaderV2": ("needs files", "ops/parsing/test_readers.py"),
    "TFRecordReaderV2": ("needs files", "ops/parsing/test_readers.py"),
    "NonDeterministicInts": ("numbers of no seed", "ops/random/test_stateful.py"),
    "StatefulRandomBinomial": (
        "TensorFlow 2 draws each number from a stream of its own, 1.15 all from one",
        "ops/random/test_stateful.py",
    ),
}

_INDEX = (Path(__file__).parents[2] / "ops" / "index.txt").read_text().splitlines()
ELSEWHERE |= {
    name: ("a dataset or an iterator", "data/test_ops.py")
    for module, *names in map(str.split, _INDEX)
    if module.startswith("data.")
    for name in names
}
ELSEWHERE |= {
    name: ("needs files", "ops/checkpoint/test_save_restore.py")
    for module, *names in map(str.split, _INDEX)
    if module.startswith("checkpoint.")
    for name in names
}

# Other tests declare ops of their own, called Test...
SHIPPED = {name for name in op_def.registered() if not name.startswith(("Test", "Example"))}

_built: set[str] = set()  # the op types that the cases built so far have in their graphs


class Graph:
    """A case's graph with its gradients, and a session on it: made once for all its tests."""

    def __init__(self, case: Case, variant: str) -> None:
        self.case, self.variant = case, variant
        self.built = forward(tf, case, variant)
        self.nodes = [(op.name, op.type) for op in nodes_of(self.built)]
        self.feeds = dict(zip(self.built.inputs, case.inputs, strict=True))
        self.session = start(tf, self.built, self.feeds)
        self.note_types()
        # The first run: variables and random numbers go on from there.
        self.values: list[Array] = self.session.run(self.built.outputs, self.feeds)

    def note_types(self) -> None:
        _built.update(types_in(self.built.graph))

    @cached_property
    def weights(self) -> list[Array | None]:
        return output_weights(self.case, [np.asarray(v) for v in self.values])

    @cached_property
    def back(self) -> Any:
        """The gradients of the weighted sum of the outputs."""
        back = backward(tf, self.built, self.weights, self.variant)
        self.feeds |= dict(
            zip(back.weights, [w for w in self.weights if w is not None], strict=True)
        )
        with self.built.graph.as_default():
            dense = [None if g is None else tf.convert_to_tensor(g) for g in back.gradients]
        self.note_types()
        return back.inputs, back.gradients, dense

    @cached_property
    def second(self) -> tuple[list[Any], list[Array], list[Any]]:
        """(gradients, weights, the gradients of the weighted gradients)."""
        inputs, _, dense = self.back
        found = [g for g in dense if g is not None]
        rng = np.random.RandomState(7)
        weights = [weights_like(rng, np.asarray(v)) for v in self.session.run(found, self.feeds)]
        with self.built.graph.as_default(), tf.name_scope("second"):
            tops = [tf.constant(w) for w in weights]
            back = tf.gradients(found, inputs, grad_ys=tops) if found else [None] * len(inputs)
            dense = [None if g is None else tf.convert_to_tensor(g) for g in back]
        self.note_types()
        return found, weights, dense


def types_in(graph: Any) -> set[str]:
    """The op types of a graph and of the subgraphs that its operations call."""
    found = set()
    for op in graph.get_operations():
        found.add(op.type)
        for value in op.attrs.values():
            for inner in value if isinstance(value, list) else [value]:
                if isinstance(inner, FuncGraph):
                    found |= types_in(inner)
    return found


@lru_cache(maxsize=8)
def graph_of(name: str, variant: str) -> Graph:
    return Graph(CASES[name], variant)


@cache
def recorded_values(family: str) -> Reader:
    return Reader(family)


def recorded(case: Case) -> tuple[dict[str, Any], Reader]:
    reader = recorded_values(case.name.split("/")[0])
    assert case.name in reader.facts, "not recorded: run tests/golden/record.py"
    return reader.facts[case.name], reader


# --- comparing ------------------------------------------------------------------------------------
def assert_same(ours: Any, theirs: Array, case: Case, dtype: np.dtype[Any]) -> None:
    """Equal dtype, shape and values: exactly, or within what the dtype can tell apart."""
    ours = np.asarray(ours)
    if ours.dtype.kind in "OS":
        assert theirs.dtype.kind == "S"
        ours = ours.astype("S") if ours.size else ours.astype(theirs.dtype)
    else:
        assert ours.dtype == dtype
    assert ours.shape == theirs.shape
    if not is_inexact(ours.dtype):
        np.testing.assert_array_equal(ours, theirs)
        return
    rtol = max(RTOL[ours.dtype.name], case.rtol)
    wide = np.complex128 if ours.dtype.kind == "c" else np.float64
    ours, theirs = ours.astype(wide), theirs.astype(wide)
    finite = np.abs(theirs[np.isfinite(theirs)])
    # A sum whose parts cancel is as exact as its parts: those of the largest element, about.
    atol = 0.05 * rtol * finite.max() if finite.size else 0.0
    np.testing.assert_allclose(ours, theirs, rtol, atol)


def differences(graph: Graph, xs: list[Any], value: Callable[[dict[Any, Any]], float]) -> Any:
    """(directions, slopes of `value` along them) by central differences of five points."""
    sizes = [graph.feeds[x].size for x in xs]
    count = sum(sizes)
    rng = np.random.RandomState(11)
    directions = np.eye(count) if count <= DIRECTIONS else rng.normal(size=(DIRECTIONS, count))

    def at(shift: Array) -> float:
        parts = np.split(shift, np.cumsum(sizes)[:-1])
        moved = {x: graph.feeds[x] + p.reshape(graph.feeds[x].shape) for x, p in zip(xs, parts)}
        return value({**graph.feeds, **moved})

    slopes = []
    for direction in directions:
        step = STEP * direction / max(1.0, np.abs(direction).max())
        size = STEP / max(1.0, np.abs(direction).max())
        near, far = at(step) - at(-step), at(2 * step) - at(-2 * step)
        slopes.append((8 * near - far) / (12 * size))
    return directions, np.array(slopes)


def assert_slopes(graph: Graph, xs: list[Any], gradients: list[Any], value: Any) -> None:
    """The gradients along directions are the differences of `value`."""
    known = [g for g in gradients if g is not None]
    found = iter(graph.session.run(known, graph.feeds))
    parts = [
        np.zeros(graph.feeds[x].size) if g is None else next(found).ravel()
        for x, g in zip(xs, gradients, strict=True)
    ]
    directions, slopes = differences(graph, xs, value)
    ours = directions @ np.concatenate(parts)
    scale = max(np.abs(slopes).max(initial=0.0), np.abs(ours).max(initial=0.0), 1e-2)
    np.testing.assert_allclose(ours, slopes, rtol=NUMERIC_RTOL, atol=NUMERIC_RTOL * scale)


def weighted(values: list[Any], weights: list[Array | None]) -> float:
    return float(sum((w * v).sum() for v, w in zip(values, weights) if w is not None))


# --- the aspects ----------------------------------------------------------------------------------
def check_recorded(case: Case, _: str) -> None:
    fact, _ = recorded(case)
    assert fact["inputs"] == digest(case), "the case changed: run tests/golden/record.py"


def check_values(case: Case, variant: str) -> None:
    fact, reader = recorded(case)
    graph = graph_of(case.name, variant)
    assert len(graph.values) == len(fact["values"])
    for ours, place, tensor in zip(graph.values, fact["values"], graph.built.outputs, strict=True):
        assert_same(ours, reader.array(place), case, dtype_of(place[0]))
        assert tensor.dtype.base_dtype.name == place[0].replace("bytes", "string")


def check_static(case: Case, variant: str) -> None:
    fact, _ = recorded(case)
    graph = graph_of(case.name, variant)
    theirs = fact["shapes"][variant]
    for i, (tensor, value) in enumerate(zip(graph.built.outputs, graph.values, strict=True)):
        ours = shape_of(tensor)
        assert agrees(ours, list(np.shape(value))), f"{ours} for {np.shape(value)}"
        if case.exact_static and theirs is not None:
            assert is_as_specific(ours, theirs[i]), f"{ours}, in TensorFlow {theirs[i]}"


def agrees(static: list[int | None] | None, real: list[int]) -> bool:
    if static is None:
        return True
    return len(static) == len(real) and all(a in (None, b) for a, b in zip(static, real))


def is_as_specific(ours: list[int | None] | None, theirs: list[int | None] | None) -> bool:
    if theirs is None:
        return True
    if ours is None or len(ours) != len(theirs):
        return False
    return all(b is None or a == b for a, b in zip(ours, theirs))


def check_gradient(case: Case, variant: str) -> None:
    fact, reader = recorded(case)
    graph = graph_of(case.name, variant)
    _, gradients, dense = graph.back
    with start(tf, graph.built, graph.feeds) as session:  # in which random numbers start anew
        known = iter(session.run([g for g in dense if g is not None], graph.feeds))
    assert len(gradients) == len(fact["gradients"])
    for gradient, (kind, place) in zip(gradients, fact["gradients"], strict=True):
        if variant == KNOWN and case.kinds:  # where less is known, slices may not be possible
            assert kind_of(gradient) == kind
        assert (gradient is None) == (place is None)
        if place is not None:
            assert_same(next(known), reader.array(place), case, dtype_of(place[0]))


def kind_of(gradient: Any) -> str:
    if gradient is None:
        return "none"
    return "slices" if isinstance(gradient, tf.IndexedSlices) else "dense"


def check_numeric(case: Case, variant: str) -> None:
    graph = graph_of(case.name, variant)
    xs, _, gradients = graph.back

    def value(feeds: dict[Any, Any]) -> float:
        return weighted(graph.session.run(graph.built.outputs, feeds), graph.weights)

    assert_slopes(graph, xs, gradients, value)


def check_second(case: Case, variant: str) -> None:
    graph = graph_of(case.name, variant)
    xs = graph.back[0]
    firsts, weights, seconds = graph.second

    def value(feeds: dict[Any, Any]) -> float:
        return weighted(graph.session.run(firsts, feeds), weights)

    assert_slopes(graph, xs, seconds, value)


def check_nodes(case: Case, variant: str) -> None:
    fact, _ = recorded(case)
    graph = graph_of(case.name, variant)
    assert dict(graph.nodes) == dict(fact["nodes"])
    assert [t.name for t in graph.built.outputs] == fact["outputs"]


def check_kernels(case: Case, variant: str) -> None:
    """Kernels keep their contract: dtype, static shape, inputs not written, fresh memory."""
    graph = graph_of(case.name, variant)
    if case.gradient or case.numeric:
        _ = graph.back
    ops = [op for op in graph.built.graph.get_operations() if can_be_called(op)]
    tensors = list(dict.fromkeys(t for op in ops for t in op.inputs))
    values = dict(zip(tensors, graph.session.run(tensors, graph.feeds), strict=True))
    for op in ops:
        inputs = [as_input(values[t], t.dtype.np_dtype) for t in op.inputs]
        with np.errstate(all="ignore"):
            result = op.op_def.bind(kernel_context(op))(*inputs)
        results = [result] if op.op_def.single_output else result
        for tensor, value in zip(op.outputs, results, strict=True):
            assert isinstance(value, (np.ndarray, np.generic)), op.type
            assert value.dtype == tensor.dtype.np_dtype, op.type
            assert agrees(shape_of(tensor), list(value.shape)), op.type
            if not op.op_def.traits & Trait.VIEW:
                assert not any(np.shares_memory(value, x) for x in inputs), op.type


def can_be_called(op: Any) -> bool:
    """Whether the kernel needs nothing but its inputs."""
    traits = Trait.STATEFUL | Trait.CALLS | Trait.MUST_BE_FED
    opaque = any(t.dtype.name == "variant" for t in (*op.inputs, *op.outputs))
    is_ref = any(t.dtype.is_ref_dtype for t in op.inputs)
    return bool(op.inputs) and not (op.op_def.traits & traits or opaque or is_ref)


def as_input(value: Any, dtype: np.dtype[Any]) -> Array:
    """The value as an array of its own that cannot be written."""
    array = np.array(value, dtype)
    array.flags.writeable = False
    return array


CHECKS: dict[str, Callable[[Case, str], None]] = {
    "recorded": check_recorded,
    "values": check_values,
    "static": check_static,
    "nodes": check_nodes,
    "kernels": check_kernels,
    "gradient": check_gradient,
    "numeric": check_numeric,
    "second": check_second,
}


def aspects(case: Case) -> Iterator[tuple[str, str]]:
    """The (check, variant) pairs that apply to a case."""
    yield "recorded", KNOWN
    yield "kernels", KNOWN
    if case.nodes:
        yield "nodes", KNOWN
    inexact = [x.dtype for x in case.inputs if is_inexact(x.dtype)]
    for variant in case.variants:
        if variant == KNOWN or can_be_built(case, variant):
            yield "values", variant
            yield "static", variant
            if case.gradient and inexact:
                yield "gradient", variant
    if inexact and set(inexact) == {DOUBLE} and gives_doubles(case):
        if case.numeric:
            yield "numeric", KNOWN
        if case.second:
            yield "second", KNOWN


def can_be_built(case: Case, variant: str) -> bool:
    """Whether TensorFlow could build the graph with placeholders declared so."""
    facts = recorded_values(case.name.split("/")[0]).facts
    return case.name not in facts or facts[case.name]["shapes"][variant] is not None


def gives_doubles(case: Case) -> bool:
    """Whether the outputs that gradients flow from, as recorded, are float64: some, and all."""
    facts = recorded_values(case.name.split("/")[0]).facts
    if case.name not in facts:
        return False
    kinds = {dtype_of(place[0].replace("bytes", "S")) for place in facts[case.name]["values"]}
    return {kind for kind in kinds if is_inexact(kind)} == {DOUBLE}


ALL = [(name, *aspect) for name, case in CASES.items() for aspect in aspects(case)]


@pytest.mark.parametrize(
    ("name", "check", "variant"), ALL, ids=[f"{n}-{c}-{v}".replace(" ", "_") for n, c, v in ALL]
)
def test_case(name: str, check: str, variant: str) -> None:
    CHECKS[check](CASES[name], variant)


def test_every_op_is_in_a_case_or_tested_elsewhere() -> None:
    for case in CASES.values():
        if _built | set(ELSEWHERE) >= SHIPPED:
            break
        graph = graph_of(case.name, KNOWN)
        if case.gradient or case.numeric:
            _ = graph.back
        if case.second:
            _ = graph.second
    assert SHIPPED - _built - set(ELSEWHERE) == set()


def test_the_ops_tested_elsewhere_are_so() -> None:
    root = Path(__file__).parents[1]
    assert set(ELSEWHERE) <= SHIPPED
    for op_type, (_, file) in ELSEWHERE.items():
        assert (root / file).is_file(), f"{op_type}: no {file}"
