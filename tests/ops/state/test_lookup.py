"""Lookup tables: what they refuse, what a failed initialisation leaves, who shares one."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.variables.mutable_tables import DenseHashTable, MutableHashTable
from flowgraph.variables.tables import HashTable, IdTableWithHashBuckets, StrongHashSpec
from flowgraph.variables.vocabularies import (
    index_table_from_file,
    index_table_from_tensor,
    string_to_index,
)

raw, errors = tf.raw_ops, tf.errors


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def long(values):
    return tf.constant(values, tf.int64)


def static(keys, values, default=-1):
    return tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, values), default)


def pairs(session, table):
    return dict(zip(*(part.tolist() for part in session.run(table.export()))))


# --- static tables --------------------------------------------------------------------------------
def test_a_table_that_is_not_initialized_says_how_to(session):
    table = static([1, 2], [3, 4])

    with pytest.raises(errors.FailedPreconditionError, match="tf.tables_initializer"):
        session.run(table.lookup(tf.constant([1])))
    with pytest.raises(errors.AbortedError, match="not initialized"):
        session.run(table.export())
    assert session.run(table.size()) == 0


def test_tables_initializer_fills_all_tables_of_the_graph(session):
    first, second = static([1], [3]), static(["a"], [4])
    assert session.run(tf.tables_initializer()) is None
    assert session.run(first.lookup(tf.constant([1, 2]))).tolist() == [3, -1]
    assert session.run(second.size()) == 1


def test_each_session_has_a_table_of_its_own():
    with tf.Graph().as_default():
        table = static([1], [3])
        with tf.Session() as one, tf.Session() as other:
            one.run(table.initializer)
            assert (one.run(table.size()), other.run(table.size())) == (1, 0)


@pytest.mark.parametrize("op", ["InitializeTableV2", "LookupTableImportV2"])
def test_a_second_initialization_must_have_as_many_keys(session, op):
    handle = raw.HashTableV2(key_dtype=tf.int32, value_dtype=tf.int32)
    session.run(raw.InitializeTableV2(handle, [1, 2], [3, 4]))

    with pytest.raises(errors.FailedPreconditionError, match="already initialized"):
        session.run(getattr(raw, op)(handle, [1], [3]))

    session.run(getattr(raw, op)(handle, [5, 6], [7, 8]))  # not even looked at, as in TensorFlow
    found = raw.LookupTableFindV2(handle, [1, 5], 0)
    assert session.run(found).tolist() == [3, 0]


def test_a_failed_initialization_leaves_the_table_as_it_was(session):
    keys, values = tf.placeholder(tf.int32, [None]), tf.placeholder(tf.int32, [None])
    handle = raw.HashTableV2(key_dtype=tf.int32, value_dtype=tf.int32)
    fill, size = raw.InitializeTableV2(handle, keys, values), raw.LookupTableSizeV2(handle)

    with pytest.raises(errors.FailedPreconditionError, match="different value for same key"):
        session.run(fill, {keys: [1, 2, 1], values: [3, 4, 5]})
    with pytest.raises(errors.InvalidArgumentError, match="same dimension"):
        session.run(fill, {keys: [1, 2], values: [3]})
    with pytest.raises(errors.InvalidArgumentError, match="empty"):
        session.run(fill, {keys: [], values: []})
    assert session.run(size) == 0

    session.run(fill, {keys: [1, 2], values: [3, 4]})
    assert session.run(size) == 2


def test_a_static_table_takes_neither_insertions_nor_removals(session):
    handle = raw.HashTableV2(key_dtype=tf.int32, value_dtype=tf.int32)
    with pytest.raises(errors.UnimplementedError, match="Insert"):
        session.run(raw.LookupTableInsertV2(handle, [1], [2]))
    with pytest.raises(errors.UnimplementedError, match="Remove"):
        session.run(raw.LookupTableRemoveV2(handle, [1]))


def test_sparse_keys_give_sparse_values_and_wrong_dtypes_are_refused(session):
    table = static(["a"], [4])
    sparse = tf.SparseTensor([[0, 1]], ["a"], [1, 2])
    found = table.lookup(sparse)
    session.run(table.initializer)

    assert isinstance(found, tf.SparseTensor)
    assert session.run(found).values.tolist() == [4]
    with pytest.raises(TypeError, match="Keys must be dtype .*string"):
        table.lookup(tf.constant([1]))
    with pytest.raises(TypeError, match="Invalid key dtype"):
        tf.lookup.KeyValueTensorInitializer([1], [2]).initialize(table)


def test_dtypes_that_no_table_has_are_named(session):
    with pytest.raises(errors.InvalidArgumentError, match="float32"):
        session.run(raw.LookupTableSizeV2(raw.HashTableV2(key_dtype=tf.float32,
                                                          value_dtype=tf.int32)))  # fmt: skip
    handle = raw.HashTableV2(key_dtype=tf.int32, value_dtype=tf.int32)
    with pytest.raises(errors.InvalidArgumentError, match="int64->int32 with int32->int32"):
        session.run(raw.LookupTableFindV2(handle, long([1]), 1))
    mutable = raw.MutableHashTableV2(key_dtype=tf.int32, value_dtype=tf.int32)
    with pytest.raises(ValueError, match="wrong dtype. Expected int32 got int64"):
        raw.LookupTableFindV2(mutable, long([1]), 1)


def test_a_table_made_in_a_loop_is_made_once_outside(session):
    def body(i, total):
        table = static(np.array([1, 2]), np.array([10, 20]))
        return i + 1, total + table.lookup(i)

    total = tf.while_loop(lambda i, _: i < 4, body, [long(0), long(0)])[1]
    session.run(tf.tables_initializer())

    assert session.run(total) == 10 + 20 - 2


# --- shared tables --------------------------------------------------------------------------------
def test_tables_of_one_shared_name_are_one(session):
    content = tf.lookup.KeyValueTensorInitializer([1], [2])
    first, second = (HashTable(content, -1, shared_name="both") for _ in range(2))
    session.run(first.init)
    assert session.run(second.lookup(tf.constant(1))) == 2

    handle = raw.HashTableV2(key_dtype=tf.string, value_dtype=tf.int32, shared_name="both")
    with pytest.raises(errors.InvalidArgumentError, match="for table both"):
        session.run(raw.LookupTableSizeV2(handle))


# --- text files -----------------------------------------------------------------------------------
def file_table(tmp_path, text, key=(tf.string, -2), value=(tf.int64, -1), **more):
    path = tmp_path / "words"
    path.write_bytes(text)
    about = {"delimiter": " ", **more}
    return tf.lookup.StaticHashTable(
        tf.lookup.TextFileInitializer(str(path), *key, *value, **about),
        False if value[0] == tf.bool else -1,
    )


def test_line_ends_do_not_count(session, tmp_path):
    table = file_table(tmp_path, b"a\r\nb")
    session.run(table.initializer)
    assert pairs(session, table) == {b"a": 0, b"b": 1}


FIRST, SECOND = (tf.string, 0), (tf.int32, 1)


@pytest.mark.parametrize(
    ("text", "about", "error", "says"),
    [
        (b"a\n\nb\n", {}, errors.InvalidArgumentError, "empty line"),
        (b"", {}, errors.OutOfRangeError, "No lines"),
        (b"a\nb\n", {"vocab_size": 3}, errors.InvalidArgumentError, "expected 3 but got 2"),
        (b"a\na\n", {}, errors.FailedPreconditionError, "same key"),
        (b"a 1\nb\n", {"key": FIRST, "value": SECOND}, errors.InvalidArgumentError, "columns"),
        (b"a x\n", {"key": FIRST, "value": SECOND}, errors.InvalidArgumentError, "valid int32"),
        (b"a 1_0\n", {"key": FIRST, "value": SECOND}, errors.InvalidArgumentError, "valid int32"),
        (b"a 9999999999\n", {"key": FIRST, "value": SECOND}, errors.InvalidArgumentError, "valid"),
        (b"a 1\n", {"key": FIRST, "value": (tf.bool, 1)}, errors.InvalidArgumentError, "bool"),
        (b"a 1\n", {"delimiter": "  "}, errors.InvalidArgumentError, "1 char"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_whole(session, tmp_path, text, about, error, says):
    table = file_table(tmp_path, text, **about)
    with pytest.raises(error, match=says):
        session.run(table.initializer)
    assert session.run(table.size()) == 0


def test_a_file_that_is_missing_or_a_folder(session, tmp_path):
    missing = index_table_from_file(str(tmp_path / "none"))
    folder = index_table_from_file(str(tmp_path))
    with pytest.raises(errors.NotFoundError, match="No such file"):
        session.run(missing.initializer)
    with pytest.raises(errors.FailedPreconditionError, match="directory"):
        session.run(folder.initializer)


def test_tables_of_one_file_are_one_and_the_file_name_is_an_asset(session, tmp_path):
    first, second = (file_table(tmp_path, b"a\nb\n") for _ in range(2))
    session.run(first.initializer)
    assert session.run(second.size()) == 2
    session.run(second.initializer)
    assets = tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS)
    assert session.run(assets[0]) == str(tmp_path / "words").encode()


def test_columns_that_cannot_have_the_dtype():
    for key, value, says in [
        ((tf.string, -1), (tf.int64, -1), "Keys must be dtype .*int64"),
        ((tf.float32, -2), (tf.int64, -1), "Keys must be .*string"),
        ((tf.string, -2), (tf.int64, -2), "Values must be .*string"),
        ((tf.string, -3), (tf.int64, -1), "Invalid key index"),
    ]:
        with pytest.raises(ValueError, match=says):
            tf.lookup.TextFileInitializer("f", *key, *value)
    with pytest.raises(ValueError, match="Filename required"):
        tf.lookup.TextFileInitializer("", tf.string, -2, tf.int64, -1)
    with pytest.raises(ValueError, match="vocab_size"):
        tf.lookup.TextFileInitializer("f", tf.string, -2, tf.int64, -1, vocab_size=0)


# --- hash buckets and vocabularies ----------------------------------------------------------------
def test_buckets_follow_the_ids_of_the_table(session):
    table = index_table_from_tensor(["a", "b"], num_oov_buckets=4)
    session.run(tf.tables_initializer())
    ids = session.run(table.lookup(tf.constant(["b", "x", "a", "x"])))
    assert (ids[0], ids[2]) == (1, 0)
    assert ids[1] == ids[3] and 2 <= ids[1] < 6
    assert session.run(table.size()) == 6


def test_buckets_alone(session):
    table = IdTableWithHashBuckets(None, 7, hasher_spec=StrongHashSpec((1, 2)))
    session.run(table.initializer)
    expected = tf.string_to_hash_bucket_strong(["x"], 7, [1, 2])
    ids, wanted = session.run([table.lookup(tf.constant(["x"])), expected])
    assert ids == wanted
    assert table.resource_handle is None and session.run(table.size()) == 7


def test_what_buckets_refuse():
    floats = static([1.0], [2], -1)
    for error, says, make in [
        (ValueError, "must be > 0", lambda: IdTableWithHashBuckets(None, 0)),
        (ValueError, "must be > 0", lambda: tf.lookup.StaticVocabularyTable(None, 0)),
        (TypeError, "Invalid key dtype", lambda: IdTableWithHashBuckets(floats, 1)),
        (TypeError, "Invalid value dtype", lambda: IdTableWithHashBuckets(
            static(["a"], ["b"], ""), 1)),
        (TypeError, "hasher_spec", lambda: IdTableWithHashBuckets(None, 1, hasher_spec=1)),
        (ValueError, "size 2", lambda: StrongHashSpec((1, 2, 3))),
        (TypeError, "unsigned", lambda: StrongHashSpec((1, "2"))),
        (ValueError, "Expected non-integer", lambda: index_table_from_tensor([1, 2])),
        (ValueError, "num_oov", lambda: index_table_from_tensor(["a"], num_oov_buckets=-1)),
        (ValueError, "vocabulary_file", lambda: index_table_from_file("")),
    ]:  # fmt: skip
        with pytest.raises(error, match=says):
            make()


def test_string_to_index(session):
    numbers = string_to_index(tf.constant(["b", "z"]), tf.constant(["a", "b"]))
    session.run(tf.tables_initializer())
    assert session.run(numbers).tolist() == [1, -1]


# --- tables that change ---------------------------------------------------------------------------
def test_many_insertions_and_removals_against_a_dictionary(session):
    table = MutableHashTable(tf.int64, tf.float64, -1.0, checkpoint=False)
    keys, values = tf.placeholder(tf.int64, [None]), tf.placeholder(tf.float64, [None])
    insert, remove = table.insert(keys, values), table.remove(keys)
    rng, model = np.random.RandomState(0), {}
    for _ in range(30):
        some, new = rng.randint(0, 40, 12), rng.rand(12)
        session.run(insert, {keys: some, values: new})
        model.update(zip(some.tolist(), new.tolist()))
        gone = rng.randint(0, 60, 9)
        session.run(remove, {keys: gone})
        for key in gone.tolist():
            model.pop(key, None)
        assert pairs(session, table) == model
        assert session.run(table.size()) == len(model)


def test_reads_of_one_run_come_before_its_writes(session):
    for table in (
        MutableHashTable(tf.int64, tf.int64, -1),
        DenseHashTable(tf.int64, tf.int64, -1, empty_key=0, deleted_key=-1),
    ):
        write, read = table.insert(long([1]), long([5])), table.lookup(long([1]))
        assert session.run([write, read])[1] == -1
        assert session.run(read) == 5


def test_a_loop_that_inserts_and_looks_up(session):
    table = MutableHashTable(tf.int64, tf.float32, 0.0)

    def body(i, total):
        with tf.control_dependencies([table.insert(i, tf.cast(i, tf.float32) * 2.0)]):
            return i + 1, total + table.lookup(i)

    loop = tf.while_loop(lambda i, _: i < 5, body, [long(0), tf.constant(0.0)])
    assert session.run(loop) == (5, 20)
    assert session.run(table.size()) == 5


def test_shapes_that_do_not_fit(session):
    scalars = raw.MutableHashTableV2(key_dtype=tf.int64, value_dtype=tf.int64)
    vectors = raw.MutableHashTableOfTensorsV2(
        key_dtype=tf.int64, value_dtype=tf.int64, value_shape=[2]
    )
    for make in (
        lambda: raw.LookupTableInsertV2(scalars, long([1, 2]), long([1])),
        lambda: raw.LookupTableFindV2(scalars, long([1, 2]), long([1])),
        lambda: raw.LookupTableInsertV2(vectors, long([1]), long([1])),
        lambda: raw.LookupTableFindV2(vectors, long([1]), long(1)),
        lambda: raw.InitializeTableV2(scalars, long([1]), long([1])),
        lambda: raw.LookupTableSizeV2(raw.MutableHashTableOfTensorsV2(
            key_dtype=tf.int64, value_dtype=tf.int64, value_shape=[])),
    ):  # fmt: skip
        with pytest.raises(errors.InvalidArgumentError):
            session.run(make())


def test_savers_are_told_of_tables_that_change(session):
    table = MutableHashTable(tf.string, tf.int64, -1, name="t")
    (saveable,) = tf.get_collection(tf.GraphKeys.SAVEABLE_OBJECTS)
    assert [spec.name for spec in saveable.specs] == ["t-keys", "t-values"]
    restore = saveable.restore([tf.constant(["a"]), long([7])], None)
    session.run(table.insert(tf.constant(["b"]), long([1])))
    session.run(restore)
    assert pairs(session, table) == {b"a": 7}


# --- dense tables ---------------------------------------------------------------------------------
def dense(empty=0, deleted=-1, **more):
    about = {"value_dtype": tf.int64, "initial_num_buckets": 4, **more}
    return raw.MutableDenseHashTableV2(long(empty), long(deleted), **about)


def test_the_special_keys_of_a_dense_table_are_refused(session):
    table = dense()
    for key, which in ((0, "empty"), (-1, "deleted")):
        for operation in (
            raw.LookupTableFindV2(table, long([3, key]), long(1)),
            raw.LookupTableInsertV2(table, long([3, key]), long([1, 2])),
            raw.LookupTableRemoveV2(table, long([key])),
        ):
            with pytest.raises(errors.InvalidArgumentError, match=f"{which}_key"):
                session.run(operation)
    assert session.run(raw.LookupTableSizeV2(table)) == 0


@pytest.mark.parametrize(
    ("about", "says"),
    [
        ({"deleted": 0}, "cannot be equal"),
        ({"initial_num_buckets": 6}, "power of 2"),
        ({"initial_num_buckets": 2}, "at least 4"),
        ({"max_load_factor": 1.5}, "max_load_factor"),
        ({"value_shape": [2, 2]}, "scalar or a vector"),
        ({"empty": [1], "deleted": [1, 2]}, "same shape"),
    ],
)
def test_dense_tables_that_cannot_be(session, about, says):
    with pytest.raises(errors.InvalidArgumentError, match=says):
        session.run(raw.LookupTableSizeV2(dense(**about)))


def test_a_dense_table_exports_and_imports_its_buckets(session):
    table = dense()
    session.run(raw.LookupTableInsertV2(table, long([1, 2, 3, 4]), long([5, 6, 7, 8])))
    keys, values = session.run(raw.LookupTableExportV2(table, Tkeys=tf.int64, Tvalues=tf.int64))
    assert keys.shape == values.shape == (8, 1)  # doubled at a load of 0.8
    assert sorted(keys.ravel().tolist()) == [0, 0, 0, 0, 1, 2, 3, 4]

    other = dense()
    session.run(raw.LookupTableImportV2(other, keys, values))
    assert session.run(raw.LookupTableSizeV2(other)) == 4
    found = raw.LookupTableFindV2(other, long([4, 9]), long(0))
    assert session.run(found).tolist() == [8, 0]


def test_dense_keys_are_one_dimension_deep(session):
    with pytest.raises(errors.InvalidArgumentError, match="Expected key shape"):
        session.run(raw.LookupTableFindV2(dense(), long([[1, 2, 3]]), long(1)))
    pair = dense([0, 0], [-1, -1])
    with pytest.raises(errors.InvalidArgumentError, match="key shape"):
        session.run(raw.LookupTableFindV2(pair, tf.placeholder_with_default(long([1, 2, 3]), None),
                                          long(1)))  # fmt: skip


def test_a_saver_of_tables_alone(tmp_path):
    table = tf.contrib.lookup.MutableHashTable(tf.int64, tf.float32, -1.0, name="counts")
    saver = tf.train.Saver([table])
    with tf.Session() as session:
        session.run(table.insert(tf.constant([3], tf.int64), [0.5]))
        path = saver.save(session, str(tmp_path / "table"))
    with tf.Session() as session:
        saver.restore(session, path)
        assert session.run(table.lookup(tf.constant([3, 4], tf.int64))).tolist() == [0.5, -1.0]
