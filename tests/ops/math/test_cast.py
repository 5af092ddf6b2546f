"""cast and its kin: every pair of dtypes, gradients, what is known statically; bitcast."""

import itertools
import logging

import ml_dtypes
import numpy as np
import pytest

from flowgraph.core import dtypes
from flowgraph.core.errors import InvalidArgumentError, UnimplementedError
from flowgraph.core.graph import Graph
from flowgraph.core.indexed_slices import IndexedSlices
from flowgraph.core.op_def import raw
from flowgraph.core.static import constant_value, constant_value_as_shape
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.array.reshape import reshape
from flowgraph.ops.gradients import gradients
from flowgraph.ops.math import cast as casts
from flowgraph.ops.math.cast import bitcast, cast, saturate_cast
from flowgraph.runtime.session import Session

KINDS = [*dtypes.NUMBERS, dtypes.bool_]


@pytest.fixture
def session():
    with Graph().as_default() as graph, Session(graph=graph) as session:
        yield session


@pytest.mark.parametrize("source", KINDS, ids=lambda t: t.name)
def test_every_dtype_becomes_every_other(session, source):
    values = [0, 1, 2, 100]
    x = constant(np.array(values).astype(source.np_dtype))
    targets = [t for t in KINDS if t is not source]
    for target, got in zip(targets, session.run([cast(x, t) for t in targets]), strict=True):
        expected = [min(v, 1) for v in values] if dtypes.bool_ in (source, target) else values
        assert got.dtype == target.np_dtype
        assert got.astype(np.complex128).tolist() == expected


def test_floats_become_integers_towards_zero_and_anything_else_true(session):
    x = constant([-2.7, -0.5, 0.0, 0.5, np.nan])
    assert session.run(cast(x[:4], dtypes.int8)).tolist() == [-2, 0, 0, 0]
    assert session.run(cast(x, dtypes.bool_)).tolist() == [True, True, False, True, True]


def test_complex_numbers_lose_their_imaginary_part(session, caplog):
    x = constant([1 + 2j, 3j])
    with caplog.at_level(logging.WARNING, logger="flowgraph"):
        y = cast(x, dtypes.float32)
    assert "discards imaginary part" in caplog.text
    assert session.run(y).tolist() == [1, 0]
    assert session.run(cast(x, dtypes.bool_)).tolist() == [True, False]


def test_scalars(session):
    for source, target in itertools.product(KINDS, KINDS):
        value = session.run(raw.Cast(constant(np.ones((), source.np_dtype)), DstT=target))
        assert value.shape == () and value.dtype == target.np_dtype and value == 1


@pytest.mark.parametrize("name", ["float", "double", "int32", "int64", "bfloat16", "complex64",
                                  "complex128"])  # fmt: skip
def test_functions_for_one_dtype(session, name):
    y = getattr(casts, f"to_{name}")(constant(3, dtypes.uint8))
    assert y.dtype is dtypes.as_dtype(name)
    assert y.op.name.lower() == f"to{name}"
    assert session.run(y) == 3


def test_a_tensor_of_the_dtype_comes_back_itself(session):
    x = placeholder(dtypes.float32, [2])
    assert cast(x, "float32") is x and cast(x, float) is x
    assert cast(1.5, dtypes.float32).op.name == "Cast/x"
    assert cast(1, dtypes.float32).op.inputs[0].op.name == "Cast_1/x"


def test_slices_stay_slices(session):
    slices = IndexedSlices(constant([[1.5]]), constant([2]), constant([4, 1]))
    got = cast(slices, dtypes.int64)
    assert isinstance(got, IndexedSlices) and got.dtype is dtypes.int64
    assert session.run(got.values).tolist() == [[1]]


@pytest.mark.parametrize(("x", "target"), [("a", "float32"), (1.0, "string")])
def test_strings_are_not_cast(session, x, target):
    y = cast(x, target)
    with pytest.raises(UnimplementedError, match=r"Cast \w+ to \w+ is not supported"):
        session.run(y)


def test_gradients_pass_between_inexact_dtypes_only(session):
    x = placeholder(dtypes.float64, [2])
    through = cast(cast(cast(x, dtypes.complex64), dtypes.float16), dtypes.bfloat16)
    grad = gradients(through, x, grad_ys=constant([2.0, 3.0], dtypes.bfloat16))[0]
    assert grad.dtype is dtypes.float64
    assert session.run(grad, {x: [0, 0]}).tolist() == [2, 3]
    assert gradients(cast(cast(x, dtypes.int32), dtypes.float32), x) == [None]


WIDE_TO_NARROW = [  # source, target, a value, the same rounded to nearest and towards zero
    ("float32", "bfloat16", 65519.0, 65536.0, 65280.0),
    ("float32", "float16", 65519.0, 65504.0, 65504.0),
    ("float64", "float16", -1.9999, -2.0, -1.9990234375),
    ("float64", "float32", 1.9999999999, 2.0, 1.9999998807907104),
    ("float64", "bfloat16", 1.9999, 2.0, 1.9921875),
    ("float16", "bfloat16", 1.9990234375, 2.0, 1.9921875),
    ("float16", "bfloat16", 2**-24 * 9, 2**-24 * 9, 2**-24 * 9),
    ("bfloat16", "float16", 1.9921875, 1.9921875, 1.9921875),
    ("complex128", "complex64", 1.9999999999 - 1.9999999999j, 2 - 2j,
     1.9999998807907104 - 1.9999998807907104j),
    ("complex128", "float32", 1.9999999999 + 5j, 2.0, 1.9999998807907104),
    ("float32", "int32", 1.9999, 1, 1),
]  # fmt: skip


@pytest.mark.parametrize(("source", "target", "value", "nearest", "cut"), WIDE_TO_NARROW)
def test_truncate_rounds_towards_zero(session, source, target, value, nearest, cut):
    for shape in ((), (3,)):
        x = constant(np.full(shape, value).astype(dtypes.as_dtype(source).np_dtype))
        plain, truncated = session.run(
            [raw.Cast(x, DstT=target), raw.Cast(x, DstT=target, Truncate=True)]
        )
        assert truncated.dtype == dtypes.as_dtype(target).np_dtype
        assert (plain == nearest).all() and (truncated == cut).all()
        assert truncated.shape == shape


def test_shapes_are_seen_through_a_cast(session):
    x = placeholder(dtypes.float32, [None, 3])
    sizes = cast(raw.Shape(x), dtypes.int64)
    assert constant_value_as_shape(sizes).as_list() == [None, 3]
    assert reshape(x, cast(sizes, dtypes.int32)).shape.as_list() == [None, 3]
    assert constant_value(cast(constant([2.9]), dtypes.int32)).tolist() == [2]
    assert constant_value(cast(x, dtypes.int32)) is None


SATURATED = [
    (np.float32, "int32", [3e9, -3e9, 7.9], [2147483520, -2147483648, 7]),
    (np.float32, "int64", [1e20, -1e20], [9223371487098961920, -(2**63)]),
    (np.float64, "uint8", [-5.0, 3.7, 300.0], [0, 3, 255]),
    (np.float64, "float32", [1e300, -1e300], [3.4028234663852886e38, -3.4028234663852886e38]),
    (np.float32, "float16", [1e10], [65504]),
    (np.int32, "uint8", [-5, 1000], [0, 255]),
    (np.int64, "float16", [10**10], [65504]),
    (np.uint64, "int64", [2**64 - 1], [2**63 - 1]),
    (np.int8, "uint64", [-3, 3], [0, 3]),
    (ml_dtypes.bfloat16, "int32", [1e20], [2139095040]),
]  # fmt: skip


@pytest.mark.parametrize(("source", "target", "values", "expected"), SATURATED)
def test_saturate_cast_stops_at_the_limits(session, source, target, values, expected):
    x = constant(np.array(values).astype(source))
    y = saturate_cast(x, target)
    assert y.op.name == "saturate_cast"
    assert session.run(y).tolist() == expected


def test_saturate_cast_to_a_wider_dtype_is_a_cast(session):
    y = saturate_cast(constant([1], dtypes.int32), dtypes.int64)
    assert y.op.type == "Cast" and y.op.inputs[0].op.type == "Const"


# --- bitcast --------------------------------------------------------------------------------------
def test_bitcast_reads_the_same_bits(session):
    y = bitcast(constant([1.0, -2.0]), dtypes.int32)
    assert session.run(y).tolist() == [0x3F800000, -0x40000000]
    half = bitcast(constant(1.5, dtypes.bfloat16), dtypes.uint16)
    assert session.run(half) == 0x3FC0 and half.shape.as_list() == []


def test_bitcast_to_smaller_parts_adds_a_dimension_and_back(session):
    x = placeholder(dtypes.int32, [2, None])
    parts = bitcast(x, dtypes.uint8)
    whole = bitcast(parts, dtypes.int32)
    assert parts.shape.as_list() == [2, None, 4] and whole.shape.as_list() == [2, None]
    got = session.run([parts, whole], {x: [[1], [258]]})
    assert got[0].tolist() == [[[1, 0, 0, 0]], [[2, 1, 0, 0]]]
    assert got[1].tolist() == [[1], [258]]
    assert session.run(bitcast(constant(1), dtypes.int8)).tolist() == [1, 0, 0, 0]
    transposed = raw.Transpose(constant([[1, 2], [3, 4]]), [1, 0])
    assert session.run(bitcast(transposed, dtypes.int16))[0].tolist() == [[1, 0], [3, 0]]


def test_bitcast_of_parts_that_do_not_fit(session):
    with pytest.raises(ValueError, match="from int8 to int32 due to shape. 3 does not match 4"):
        bitcast(constant([1, 2, 3], dtypes.int8), dtypes.int32)
    with pytest.raises(ValueError, match="Shape must be at least rank 1 but is rank 0"):
        bitcast(constant(1), dtypes.int64)
    x = placeholder(dtypes.int8)
    y = bitcast(x, dtypes.int32)
    assert y.shape.rank is None
    with pytest.raises(InvalidArgumentError, match=r"from int8 to int32: shape \[3\]"):
        session.run(y, {x: [1, 2, 3]})


def test_bitcast_has_no_gradient(session):
    x = constant([1.0])
    assert gradients(cast(bitcast(x, dtypes.float32), dtypes.float64), x) == [None]
