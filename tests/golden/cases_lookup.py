"""Cases of lookup tables: static, mutable, dense, of vectors, with hash buckets."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from golden.case import Build, Draw, Family, given

family = Family("lookup")


def case(name: str, build: Build, *draws: Draw, **flags: Any) -> None:
    given_flags = {"gradient": False, "numeric": False, "second": False}
    family.add(name, build, *draws, **{**given_flags, **flags})


KEYS = {
    "int32": np.array([3, -1, 7], np.int32),
    "int64": np.array([3, -1, 1 << 40], np.int64),
    "string": np.array([b"x", b"", b"long word"]),
}
VALUES = {
    "int32": np.array([5, 6, -7], np.int32),
    "int64": np.array([5, 6, 1 << 40], np.int64),
    "float32": np.array([0.5, -1.0, np.inf], np.float32),
    "float64": np.array([0.5, -1.0, 1e300]),
    "string": np.array([b"one", b"two", b""]),
    "bool": np.array([True, False, True]),
}
ASKED = {
    "int32": np.array([[7, 4], [3, 3]], np.int32),
    "int64": np.array([[1 << 40, 4], [3, 3]], np.int64),
    "string": np.array([[b"x", b"y"], [b"", b"long wor"]]),
}
PAIRS = [
    ("int32", "int32"), ("int32", "float32"), ("int64", "int64"), ("int64", "float64"),
    ("int64", "string"), ("string", "int64"), ("string", "bool"), ("string", "string"),
    ("string", "float32"), ("int64", "int32"),
]  # fmt: skip


def default_of(tf: Any, dtype: Any) -> Any:
    if dtype == tf.string:
        return "?"
    return False if dtype == tf.bool else -1


def after(tf: Any, operation: Any, make: Any) -> Any:
    with tf.control_dependencies([operation]):
        return make()


def by_order(tf: Any, keys: Any, values: Any) -> list[Any]:
    """What a table exports, in an order that does not depend on its insides."""
    if keys.dtype.base_dtype == tf.string:
        numbers = tf.strings.to_hash_bucket_fast(keys, 1 << 30)
    else:
        numbers = tf.cast(keys, tf.int64)
    order = tf.nn.top_k(tf.cast(numbers, tf.float32), tf.size(numbers))[1]
    return [tf.gather(keys, order), tf.gather(values, order)]


# --- static tables --------------------------------------------------------------------------------
def static(tf: Any, keys: Any, values: Any, asked: Any) -> Any:
    initializer = tf.lookup.KeyValueTensorInitializer(keys, values)
    table = tf.lookup.StaticHashTable(initializer, default_of(tf, values.dtype.base_dtype))
    return after(tf, table.initializer, lambda: [table.lookup(asked), table.size()])


def exported(tf: Any, keys: Any, values: Any) -> Any:
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(keys, values), default_of(tf, values.dtype.base_dtype)
    )
    return after(tf, table.initializer, lambda: by_order(tf, *table.export()))


def initialized_twice(tf: Any, keys: Any, values: Any) -> Any:
    raw = tf.raw_ops
    handle = raw.HashTableV2(key_dtype=keys.dtype, value_dtype=values.dtype)
    first = raw.InitializeTableV2(table_handle=handle, keys=keys, values=values)
    with tf.control_dependencies([first]):
        again = raw.InitializeTableV2(
            table_handle=handle, keys=keys, values=tf.reverse(values, [0])
        )
    with tf.control_dependencies([again]):
        found = raw.LookupTableFindV2(table_handle=handle, keys=keys, default_value=values[0])
        return [found, raw.LookupTableSizeV2(table_handle=handle)]


for key, value in PAIRS:
    draws = given(KEYS[key]), given(VALUES[value])
    case(f"static {key} to {value}", static, *draws, given(ASKED[key]))
    case(f"export {key} to {value}", exported, *draws, nodes=False)
case("keys of no element", static, given(KEYS["int64"]), given(VALUES["int64"]),
     given(np.zeros((0, 2), np.int64)))  # fmt: skip
case("one key", static, given(KEYS["string"]), given(VALUES["int64"]), given(b"x"))
case("the same pair twice", static, given([b"x", b"y", b"x"]), given([1, 2, 1], "int64"),
     given(ASKED["string"]))  # fmt: skip
case("initialized twice", initialized_twice, given(KEYS["int64"]), given(VALUES["int64"]))


def sparse_keys(tf: Any, keys: Any, values: Any, asked: Any) -> Any:
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, values), -1)
    sparse = tf.SparseTensor(tf.constant([[0, 1], [2, 0]], tf.int64), asked, [3, 2])
    found = after(tf, table.initializer, lambda: table.lookup(sparse))
    return [found.indices, found.values, found.dense_shape]


case("sparse keys", sparse_keys, given(KEYS["string"]), given(VALUES["int64"]),
     given([b"x", b"z"]))  # fmt: skip


# --- mutable tables -------------------------------------------------------------------------------
def mutable(tf: Any, keys: Any, values: Any, asked: Any) -> Any:
    raw, kinds = tf.raw_ops, {"key_dtype": keys.dtype, "value_dtype": values.dtype}
    handle = raw.MutableHashTableV2(**kinds)
    return changed(tf, handle, keys, values, asked, default_of(tf, values.dtype.base_dtype))


def changed(tf: Any, handle: Any, keys: Any, values: Any, asked: Any, default: Any) -> list[Any]:
    """Finds before and after an insertion, the removal of the last key, another insertion."""
    raw, results = tf.raw_ops, []
    fill = default if values.dtype == tf.string else tf.cast(default, values.dtype)

    def find(operation: Any) -> Any:
        with tf.control_dependencies(operation):
            found = raw.LookupTableFindV2(table_handle=handle, keys=asked, default_value=fill)
        with tf.control_dependencies([found]):
            results.extend([found, raw.LookupTableSizeV2(table_handle=handle)])
        return results[-2:]

    before = find([])
    with tf.control_dependencies(before):
        insert = raw.LookupTableInsertV2(table_handle=handle, keys=keys, values=values)
    before = find([insert])
    with tf.control_dependencies(before):
        remove = raw.LookupTableRemoveV2(table_handle=handle, keys=keys[2:])
    before = find([remove])
    with tf.control_dependencies(before):
        other = raw.LookupTableInsertV2(
            table_handle=handle, keys=keys[1:], values=tf.reverse(values, [0])[1:]
        )
    find([other])
    return results


for key, value in PAIRS:
    if (key, value) == ("string", "string"):
        continue  # which TensorFlow has no kernel of
    case(f"mutable {key} to {value}", mutable, given(KEYS[key]), given(VALUES[value]),
         given(ASKED[key]), nodes=False)  # fmt: skip


def imported(tf: Any, keys: Any, values: Any) -> Any:
    raw = tf.raw_ops
    handle = raw.MutableHashTableV2(key_dtype=keys.dtype, value_dtype=values.dtype)
    insert = raw.LookupTableInsertV2(table_handle=handle, keys=keys + 1, values=values)
    with tf.control_dependencies([insert]):
        imports = raw.LookupTableImportV2(table_handle=handle, keys=keys, values=values)
    with tf.control_dependencies([imports]):
        return by_order(tf, *raw.LookupTableExportV2(
            table_handle=handle, Tkeys=keys.dtype, Tvalues=values.dtype))  # fmt: skip


case("import and export", imported, given(KEYS["int64"]), given(VALUES["float32"]), nodes=False)
case("import of nothing", imported, given([], "int64"), given([], "float32"), nodes=False)


def of_vectors(tf: Any, keys: Any, values: Any, asked: Any) -> Any:
    handle = tf.raw_ops.MutableHashTableOfTensorsV2(
        key_dtype=keys.dtype, value_dtype=values.dtype, value_shape=[2]
    )
    return changed(tf, handle, keys, values, asked, [-1, -2])


case("of vectors", of_vectors, given(KEYS["int64"]),
     given([[1, 2], [3, 4], [5, 6]], "float32"), given(ASKED["int64"]), nodes=False)  # fmt: skip
case("of vectors by words", of_vectors, given(KEYS["string"]),
     given([[1, 2], [3, 4], [5, 6]], "int64"), given(ASKED["string"]), nodes=False)  # fmt: skip


def dense(tf: Any, keys: Any, values: Any, asked: Any, empty: Any, gone: Any) -> Any:
    shape = values.shape[1:] if values.shape.ndims is not None else []
    handle = tf.raw_ops.MutableDenseHashTableV2(
        empty_key=empty, deleted_key=gone, value_dtype=values.dtype, value_shape=shape,
        initial_num_buckets=4,
    )  # fmt: skip
    default = tf.zeros(shape, values.dtype) - 1
    results = changed(tf, handle, keys, values, asked, default)
    with tf.control_dependencies(results):
        exports = tf.raw_ops.LookupTableExportV2(
            table_handle=handle, Tkeys=keys.dtype, Tvalues=values.dtype
        )
    if keys.dtype == tf.string:
        numbers = tf.string_to_hash_bucket(exports[0], 1 << 40)
    else:
        numbers = tf.cast(exports[0], tf.int64)
    return [*results, tf.reduce_sum(numbers * 3 + 1), tf.reduce_sum(exports[1], 0),
            tf.shape(exports[0]), tf.shape(exports[1])]  # fmt: skip


case("dense", dense, given([3, 1, 7], "int64"), given(VALUES["int64"]),
     given([7, 4, 3], "int64"), given(0, "int64"), given(-5, "int64"), nodes=False,
     variants=("known",))  # fmt: skip
case("dense by words", dense, given(KEYS["string"]), given(VALUES["int64"]),
     given([b"x", b"y"]), given(b"0"), given(b"1"), nodes=False, variants=("known",))  # fmt: skip
case("dense of vectors by vectors", dense, given([[3, 1], [1, 3], [7, 7]], "int64"),
     given([[1, 2], [3, 4], [5, 6]], "float32"), given([[7, 7], [4, 4]], "int64"),
     given([0, 0], "int64"), given([0, -1], "int64"), nodes=False, variants=("known",))  # fmt: skip


# --- hash buckets ---------------------------------------------------------------------------------
def vocabulary(dtype: str | None = None) -> Build:
    def build(tf: Any, keys: Any, asked: Any) -> Any:
        ids = tf.constant([0, 1, 2], tf.int64)
        more = {} if dtype is None else {"lookup_key_dtype": tf.as_dtype(dtype)}
        table = tf.lookup.StaticVocabularyTable(
            tf.lookup.KeyValueTensorInitializer(keys, ids), 5, **more
        )
        return after(tf, table.initializer, lambda: [table.lookup(asked), table.size()])

    return build


case("vocabulary of words", vocabulary(), given(KEYS["string"]), given(ASKED["string"]),
     nodes=False)  # fmt: skip
case("vocabulary of int64", vocabulary(), given(KEYS["int64"]), given(ASKED["int64"]), nodes=False)
case("vocabulary of int64 asked with int32", vocabulary("int32"), given(KEYS["int64"]),
     given(ASKED["int32"]), nodes=False)  # fmt: skip


def dense_class(tf: Any, keys: Any, values: Any, asked: Any) -> Any:
    table = tf.lookup.experimental.DenseHashTable(
        tf.int64, tf.int64, default_value=-1, empty_key=0, deleted_key=-9, initial_num_buckets=8
    )
    found = after(tf, table.insert(keys, values), lambda: table.lookup(asked))
    removed = after(tf, after(tf, found, lambda: table.remove(keys[:1])), table.size)
    return [found, removed]


case("DenseHashTable", dense_class, given(KEYS["int64"]), given(VALUES["int64"]),
     given(ASKED["int64"][0]), nodes=False)  # fmt: skip


# --- text files, and the tables of tf.contrib.lookup ----------------------------------------------
WORDS = str(Path(__file__).parent / "words.txt")


def more(tf: Any) -> Any:
    """The module of the functions that 1.15 has in tf.contrib.lookup."""
    if tf.__name__ != "flowgraph":
        return import_module("tensorflow.python.ops.lookup_ops")
    parts = [import_module(f"flowgraph.variables.{n}") for n in
             ("vocabularies", "tables", "mutable_tables")]  # fmt: skip
    return SimpleNamespace(**{k: v for part in parts for k, v in vars(part).items()})


def from_file(key: Any, value: Any, default: Any, size: int | None = None) -> Build:
    """A table of two columns of words.txt; each is (dtype, index)."""

    def build(tf: Any, asked: Any) -> Any:
        initializer = tf.lookup.TextFileInitializer(
            WORDS, tf.as_dtype(key[0]), key[1], tf.as_dtype(value[0]), value[1], vocab_size=size,
            delimiter=" ",
        )  # fmt: skip
        table = tf.lookup.StaticHashTable(initializer, default)
        return after(tf, table.initializer, lambda: [table.lookup(asked), table.size()])

    return build


LINES = given([b"lake 20 1e3", b"lake", b"palmer -30 -2"])
NAMES = given([b"lake", b"brown", b"palmer", b"emerson"])
case("lines of a file", from_file(("string", -2), ("int64", -1), -1), LINES)
case("the first lines of a file", from_file(("string", -2), ("int64", -1), -1, 2), LINES)
case("line numbers of a file", from_file(("int64", -1), ("string", -2), "?"),
     given([1, 7], "int64"))  # fmt: skip
for kind in ("int32", "int64", "float32", "float64"):
    case(f"a column of {kind}", from_file(("string", 0), (kind, 2 if kind[0] == "f" else 1), -1),
         NAMES)  # fmt: skip
case("two columns", from_file(("int64", 1), ("string", 0), "?"), given([-30, 0], "int64"))


def index_table(**about: Any) -> Build:
    def build(tf: Any, keys: Any, asked: Any) -> Any:
        table = more(tf).index_table_from_tensor(keys, **about)
        return after(tf, table.initializer, lambda: [table.lookup(asked), table.size()])

    return build


case("index_table_from_tensor", index_table(), given(KEYS["string"]), given(ASKED["string"]))
case("index_table_from_tensor with buckets", index_table(num_oov_buckets=3, name="ids"),
     given(KEYS["string"]), given(ASKED["string"]), nodes=False)  # fmt: skip


def words_by_number(tf: Any, keys: Any, asked: Any) -> Any:
    table = more(tf).index_to_string_table_from_tensor(keys)
    return after(tf, table.initializer, lambda: table.lookup(asked))


def file_with_buckets(tf: Any, asked: Any) -> Any:
    spec = more(tf).StrongHashSpec((3, 4))
    table = more(tf).index_table_from_file(WORDS, num_oov_buckets=2, hasher_spec=spec)
    return after(tf, table.initializer, lambda: [table.lookup(asked), table.size()])


def lines_by_number(tf: Any, asked: Any) -> Any:
    table = more(tf).index_to_string_table_from_file(WORDS, vocab_size=2)
    return after(tf, table.initializer, lambda: table.lookup(asked))


def mutable_class(tf: Any, keys: Any, values: Any, asked: Any) -> Any:
    table = more(tf).MutableHashTable(tf.string, tf.int64, -1)
    return after(tf, table.insert(keys, values), lambda: [
        table.lookup(asked), table.size(), *by_order(tf, *table.export())])  # fmt: skip


case("index_to_string_table_from_tensor", words_by_number, given(KEYS["string"]),
     given([[0, 2], [3, -1]], "int64"))  # fmt: skip
case("index_table_from_file", file_with_buckets, LINES, nodes=False)
case("index_to_string_table_from_file", lines_by_number, given([0, 2], "int64"))
case("MutableHashTable", mutable_class, given(KEYS["string"]), given(VALUES["int64"]),
     given(ASKED["string"]), nodes=False)  # fmt: skip
