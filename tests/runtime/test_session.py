"""Sessions: fetches and feeds of any form, errors, life."""

import collections
import gc
import threading

import numpy as np
import pytest

from flowgraph.core import errors
from flowgraph.core.graph import Graph
from flowgraph.ops.array.constant import constant, placeholder
from flowgraph.ops.math.arithmetic import add, multiply
from flowgraph.runtime.config import ConfigProto, RunOptions
from flowgraph.runtime.session import InteractiveSession, Session
from flowgraph.runtime.trace import RunMetadata

Pair = collections.namedtuple("Pair", "first second")


@pytest.fixture
def model():
    with Graph().as_default():
        b = placeholder("float32", [], name="b")
        c = constant(1.0, name="c")
        d, e = add(b, c, name="d"), add(c, 2.0, name="e")
        yield b, d, e, multiply(d, e, name="a")


def test_a_equals_b_plus_c_times_c_plus_2(model):
    b, _, _, a = model
    with Session() as session:
        assert session.run(a, {b: 3.0}) == 12.0
        assert isinstance(session.run(a, {b: 3.0}), np.float32)


def test_fetches_keep_their_structure(model):
    b, d, e, a = model
    with Session() as session:
        result = session.run(
            {"x": [a, (d, "e:0")], "y": Pair(e, a.op), "z": collections.OrderedDict(k=d)}, {b: 3.0}
        )
    assert result == {"x": [12.0, (4.0, 3.0)], "y": Pair(3.0, None), "z": {"k": 4.0}}
    assert isinstance(result["y"], Pair)
    assert isinstance(result["z"], collections.OrderedDict)


def test_any_tensor_can_be_fed_by_tensor_or_name(model):
    _, d, e, a = model
    with Session() as session:
        assert session.run(a, {d: 5.0}) == 15.0
        assert session.run(a, {"d:0": 5.0, e: 2.0}) == 10.0
        assert session.run(a, {e: 2.0, "d:0": 6.0}) == 12.0
        assert session.run(d, {d: 7.0}) == 7.0


def test_fetched_arrays_are_the_callers_own():
    with Graph().as_default(), Session() as session:
        x = constant([1.0, 2.0])
        session.run(x)[0] = 99.0
        np.testing.assert_array_equal(session.run(x), [1.0, 2.0])


@pytest.mark.parametrize(
    ("fetches", "error", "message"),
    [
        (None, TypeError, "Fetch argument None has invalid type"),
        (3, TypeError, "Can not convert a int into a Tensor or Operation"),
        ("nope:0", ValueError, "refers to a Tensor which does not exist"),
        ([[None]], TypeError, "Fetch argument None"),
    ],
)
def test_wrong_fetches(model, fetches, error, message):
    with Session() as session, pytest.raises(error, match=message):
        session.run(fetches)


def test_wrong_feeds(model):
    b, d, _, a = model
    with Session() as session:
        with pytest.raises(ValueError, match=r"Cannot feed value of shape \(2,\) for Tensor 'b:0'"):
            session.run(a, {b: [1.0, 2.0]})
        with pytest.raises(TypeError, match="Cannot interpret feed_dict key as Tensor"):
            session.run(a, {"no": 1.0})
        with pytest.raises(TypeError, match=r"cannot be a tf.Tensor object"):
            session.run(a, {b: d})
        with pytest.raises(ValueError, match="of dtype float32"):
            session.run(a, {b: "three"})
        with pytest.raises(errors.InvalidArgumentError, match="You must feed a value for") as info:
            session.run(a)
        assert info.value.op is b.op


def test_integers_that_do_not_fit_are_refused():
    with Graph().as_default(), Session() as session:
        x = placeholder("int8", [])
        with pytest.raises(TypeError, match="not compatible with Tensor type int8"):
            session.run(x, {x: 300})


def test_a_closed_session_and_an_empty_graph():
    with Graph().as_default():
        session = Session()
        with pytest.raises(RuntimeError, match="graph is empty"):
            session.run([])
        x = constant(1.0)
        session.close()
        with pytest.raises(RuntimeError, match="Attempted to use a closed Session"):
            session.run(x)


def test_default_session_and_eval(model):
    b, _, _, a = model
    with pytest.raises(ValueError, match="No default session is registered"):
        a.eval()
    with Session():
        assert a.eval({b: 1.0}) == 6.0


def test_make_callable_and_partial_run(model):
    b, d, e, a = model
    with Session() as session:
        function = session.make_callable([a, d], [b])
        assert function(3.0) == [12.0, 4.0]
        handle = session.partial_run_setup([d, a], [b, e])
        assert session.partial_run(handle, d, {b: 3.0}) == 4.0
        with pytest.raises(errors.InvalidArgumentError, match="Must feed e:0"):
            session.partial_run(handle, a)
        assert session.partial_run(handle, a, {e: 10.0}) == 40.0


def test_a_trace_records_each_step(model):
    b, _, e, a = model
    metadata = RunMetadata()
    with Session() as session:
        # What depends on no feed is computed once and is no step: so one of each is fed.
        options = RunOptions(trace_level=RunOptions.FULL_TRACE)
        session.run([a, e], {b: 1.0, e.op.inputs[0]: 2.0}, options, metadata)
    stats = metadata.step_stats.dev_stats[0].node_stats
    assert {s.node_name for s in stats} == {"d", "e", "a"}
    assert all(s.end >= s.start for s in stats)


def test_heavy_independent_steps_overlap_on_two_threads():
    with Graph().as_default():
        b, c = placeholder("float32", [None]), placeholder("float32", [None])
        d, e = add(b, c, name="d"), add(c, 2.0, name="e")
        a = multiply(d, e, name="a")
        big = np.ones(4_000_000, np.float32)
        options = RunOptions(trace_level=RunOptions.FULL_TRACE)
        with Session(config=ConfigProto(inter_op_parallelism_threads=2)) as session:
            for _ in range(50):
                metadata = RunMetadata()
                session.run(a, {b: big, c: big}, options, metadata)
                stats = {s.node_name: s for s in metadata.step_stats.dev_stats[0].node_stats}
                if stats["d"].start < stats["e"].end and stats["e"].start < stats["d"].end:
                    break
    assert stats["d"].start < stats["e"].end and stats["e"].start < stats["d"].end
    assert stats["d"].thread_id != stats["e"].thread_id


def test_scalars_stay_on_the_callers_thread(model):
    b, _, _, a = model
    metadata = RunMetadata()
    with Session(config=ConfigProto(inter_op_parallelism_threads=2)) as session:
        session.run(a, {b: 1.0}, RunOptions(trace_level=RunOptions.FULL_TRACE), metadata)
    names = {s.thread_name for s in metadata.step_stats.dev_stats[0].node_stats}
    assert names == {threading.current_thread().name}


def test_no_thread_outlives_its_session():
    before = threading.active_count()
    with Graph().as_default():
        x = placeholder("float32", [None])
        y = multiply(add(x, 1.0), add(x, 2.0))
        big = np.ones(2_000_000, np.float32)
        with Session(config=ConfigProto(inter_op_parallelism_threads=3)) as session:
            session.run(y, {x: big})
        assert threading.active_count() == before
        forgotten = Session(config=ConfigProto(inter_op_parallelism_threads=3))
        forgotten.run(y, {x: big})
        del forgotten
        gc.collect()
    deadline = threading.Event()
    for _ in range(100):
        if threading.active_count() == before:
            break
        deadline.wait(0.02)
    assert threading.active_count() == before


def test_many_threads_share_a_session(model):
    b, _, _, a = model
    with Session() as session:
        wrong = []

        def work(k):
            for i in range(200):
                if session.run(a, {b: float(i + k)}) != (i + k + 1) * 3:
                    wrong.append((i, k))

        threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong


def test_config_refuses_unknown_fields():
    with pytest.raises(ValueError, match='no "inter_threads" field'):
        ConfigProto(inter_threads=2)


def test_a_tuple_of_tensors_is_fed_by_a_tuple_of_values(model):
    b, d, e, a = model
    with Session() as session:
        for _ in range(2):  # the second run is a cached one
            assert session.run(a, {Pair(d, e): Pair(4.0, 5.0)}) == 20.0
        assert session.run([a, d], {(b, (e,)): (1.0, [3.0])}) == [6.0, 2.0]
        with pytest.raises(ValueError, match="Key had 2 elements, but value had 1 elements"):
            session.run(a, {(d, e): [4.0]})


def test_a_partial_run_takes_only_what_its_setup_named(model):
    b, d, e, a = model
    with Session() as session:
        handle = session.partial_run_setup([d], [b])
        with pytest.raises(errors.InvalidArgumentError, match="fetch a:0 was not specified"):
            session.partial_run(handle, a, {b: 1.0})
        handle = session.partial_run_setup([d], [b])
        with pytest.raises(errors.InvalidArgumentError, match="feed e:0 was not specified"):
            session.partial_run(handle, d, {e: 1.0})


def test_the_devices_are_one_cpu():
    (device,) = Session(graph=Graph()).list_devices()
    assert device.device_type == "CPU"
    assert device.name.endswith("/device:CPU:0")


@pytest.mark.parametrize("fetch", [{1, 2}, np.ones(2), {}.keys(), 3.0])
def test_what_cannot_be_fetched_is_named(model, fetch):
    with Session() as session, pytest.raises(TypeError, match="Fetch argument .* has invalid type"):
        session.run([fetch])


def test_an_attrs_class_is_a_structure(model):
    class Both:
        """What the package attrs makes of a class, in short."""

        __hash__ = None
        __attrs_attrs__ = (collections.namedtuple("Attribute", "name")("d"),)

        def __init__(self, d):
            self.d = d

    b, d, _, _ = model
    with Session() as session:
        assert session.run(Both(d), {b: 3.0}).d == 4.0


def test_bytes_keep_their_last_nuls():
    with Graph().as_default(), Session() as session:
        x = placeholder("string", [None])
        assert session.run(x, {x: [b"a\x00\x00", "b"]}).tolist() == [b"a\x00\x00", b"b"]
        assert session.run(constant(b"c\x00")) == b"c\x00"


def test_a_session_is_not_reentrant_and_knows_its_targets(model):
    session = Session()
    with session, pytest.raises(RuntimeError, match="not re-entrant"):
        session.__enter__()
    with pytest.raises(TypeError, match="target must be a string"):
        Session(37)
    with pytest.raises(errors.NotFoundError, match="No session factory"):
        Session("nowhere")


def test_a_second_interactive_session_warns():
    with Graph().as_default():
        first = InteractiveSession()
        with pytest.warns(UserWarning, match="already active"):
            second = InteractiveSession()
        second.close()
        first.close()


def test_metadata_tells_whether_it_has_a_trace(model):
    b, _, _, a = model
    metadata = RunMetadata()
    assert not metadata.HasField("step_stats")
    with Session() as session:
        session.run(a, {b: 1.0}, RunOptions(trace_level=RunOptions.FULL_TRACE), metadata)
    assert metadata.HasField("step_stats")


def test_a_partial_run_tells_what_is_done_twice_and_what_was_never_named(model):
    b, d, e, a = model
    with Session() as session:
        handle = session.partial_run_setup([a, d], [b])
        session.partial_run(handle, d, {b: 1.0})
        for fetch, feed, message in (
            (a, {b: 1.0}, "feed b:0 has already been fed"),
            (d, {}, "fetch d:0 has already been fetched"),
            (e, {}, "fetch e:0 was not specified"),
        ):
            with pytest.raises(errors.InvalidArgumentError, match=message):
                session.partial_run(handle, fetch, feed)


def test_a_partial_run_takes_no_operations(model):
    b, d, _, _ = model
    with Session() as session:
        handle = session.partial_run_setup([d, d.op], [b])
        with pytest.raises(RuntimeError, match=f"empty target_list.*operations {d.op.name}"):
            session.partial_run(handle, [d, d.op], {b: 1.0})
        assert session.partial_run(handle, d, {b: 3.0}) == 4.0  # nothing was fed or run before
