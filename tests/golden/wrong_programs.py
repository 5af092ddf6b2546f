"""Wrong arguments of strings, files, state, control flow and the rest; see wrong_arguments.py."""

from __future__ import annotations

import numpy as np
from golden.wrong_arguments import fed, then, wrong

# --- strings, parsing -----------------------------------------------------------------------------
wrong("string_to_number: no number", lambda tf: tf.string_to_number(["a"]), "a")
wrong("string_to_number: dtype", lambda tf: tf.string_to_number(["1"], tf.bool), "bool")
wrong("as_string: precision", lambda tf: tf.as_string([1], precision=2), "2")
wrong("as_string: fill", lambda tf: tf.as_string([1], width=3, fill="ab"), "ab")
wrong("string_join: nothing", lambda tf: tf.string_join([]), "0")
wrong("string_join: shapes", lambda tf: tf.string_join([["a"], ["b", "c"]]), "2")
wrong("substr: too far", lambda tf: tf.strings.substr(["abc"], 5, 1), "5")
wrong("substr: unit", lambda tf: tf.strings.substr(["abc"], 0, 1, unit="WORD"), "WORD")
wrong("regex_replace: pattern", lambda tf: tf.strings.regex_replace(["a"], "(", "b"), "(")
wrong("to_hash_bucket: none", lambda tf: tf.string_to_hash_bucket_fast(["a"], 0), "0")
wrong("to_hash_bucket_strong: key", lambda tf: tf.string_to_hash_bucket_strong(
    ["a"], 2, [1]), "1")  # fmt: skip
wrong("decode_base64: text", lambda tf: tf.io.decode_base64(["?"]), "?")
wrong("decode_raw: sizes", lambda tf: tf.decode_raw(["abc"], tf.float32), "3")
wrong("unicode_decode: errors", lambda tf: tf.strings.unicode_transcode(
    ["a"], "UTF-8", "UTF-8", errors="loud"), "loud")  # fmt: skip
wrong("unicode_transcode: encoding", lambda tf: tf.strings.unicode_transcode(
    ["a"], "KLINGON", "UTF-8"), "KLINGON")  # fmt: skip
wrong("reduce_join: axis", lambda tf: tf.reduce_join(["a"], 1), "1")
wrong("decode_csv: fields", lambda tf: tf.decode_csv(["1,2"], [[1]]), "1")
wrong("decode_csv: no default", lambda tf: tf.decode_csv([","], [[1], tf.constant([], tf.int32)]),
      "1")  # fmt: skip
wrong("decode_csv: no defaults", lambda tf: tf.decode_csv(["1"], []), "0")
wrong("decode_csv: delimiter", lambda tf: tf.decode_csv(["1"], [[1]], field_delim="::"), "::")
wrong("decode_csv: dtype", lambda tf: tf.decode_csv(["1"], [[True]]), "bool")
wrong("parse_example: no features", lambda tf: tf.parse_example([b""], {})["a"], "eatures")
wrong("parse_example: missing", lambda tf: tf.parse_example(
    [b""], {"a": tf.FixedLenFeature([1], tf.float32)})["a"], "a")  # fmt: skip
wrong("parse_example: dtype", lambda tf: tf.parse_example(
    [b""], {"a": tf.FixedLenFeature([1], tf.int32)})["a"], "int32")  # fmt: skip
wrong("parse_example: bytes", lambda tf: tf.parse_example(
    [b"abc"], {"a": tf.FixedLenFeature([1], tf.float32)})["a"], "abc")  # fmt: skip
wrong("read_file: none", lambda tf: tf.read_file("/no/such/file"), "/no/such/file")
wrong("parse_tensor: bytes", lambda tf: tf.io.parse_tensor(b"abc", tf.float32), "abc")

# --- state: variables, queues, tables, arrays -----------------------------------------------------
wrong("get_variable: no shape", lambda tf: tf.get_variable("v"), "v")
wrong("get_variable: twice", lambda tf: [tf.get_variable("v", [1]), tf.get_variable("v", [1])], "v")
wrong("get_variable: initial shape", lambda tf: tf.get_variable(
    "v", [2], initializer=tf.constant([1.0, 2.0])), "v")  # fmt: skip
wrong("assign: shape", lambda tf: tf.assign(tf.Variable(tf.zeros([2])), tf.zeros([3])), "3")
wrong("assign: dtype", lambda tf: tf.assign(tf.Variable(tf.zeros([2])), tf.zeros([2], tf.int32)),
      "int32")  # fmt: skip
wrong("assign_add: no variable", lambda tf: tf.assign_add(tf.zeros([2]), tf.zeros([2])), "")
wrong("scatter_update: too far", lambda tf: tf.scatter_update(
    tf.Variable(tf.zeros([2])), [2], [1.0]), "2")  # fmt: skip
wrong("scatter_update: shapes", lambda tf: tf.scatter_update(
    tf.Variable(tf.zeros([2])), [0, 1], [1.0]), "1")  # fmt: skip
wrong("count_up_to: reached", lambda tf: tf.count_up_to(tf.Variable(3), 3), "3")
wrong("FIFOQueue: dtypes", lambda tf: tf.FIFOQueue(1, ["floaty"]).size(), "floaty")
wrong("FIFOQueue: shapes", lambda tf: tf.FIFOQueue(1, [tf.int32], [[], []]).size(), "2")
wrong("FIFOQueue: components", lambda tf: then(tf, tf.FIFOQueue(1, [tf.int32]).enqueue([1, 2])),
      "2")  # fmt: skip
wrong("FIFOQueue: no shapes", lambda tf: tf.FIFOQueue(1, [tf.int32]).dequeue_many(1), "shape")
wrong("FIFOQueue: shape of element", lambda tf: then(tf, tf.FIFOQueue(
    1, [tf.int32], [[2]]).enqueue([[1]])), "1")  # fmt: skip
wrong("FIFOQueue: negative", lambda tf: tf.FIFOQueue(3, [tf.int32], [[]]).dequeue_many(-1), "-1")
wrong("RandomShuffleQueue: min", lambda tf: tf.RandomShuffleQueue(2, 3, [tf.int32], [[]]).size(),
      "3")  # fmt: skip
wrong("PaddingFIFOQueue: no shapes", lambda tf: tf.PaddingFIFOQueue(1, [tf.int32], None).size(),
      "shapes")  # fmt: skip
wrong("PriorityQueue: one type", lambda tf: then(tf, tf.PriorityQueue(1, [tf.int32], [[]])
                                                 .enqueue([1])), "1")  # fmt: skip
wrong("HashTable: dtypes", lambda tf: tf.raw_ops.LookupTableSizeV2(
    table_handle=tf.raw_ops.HashTableV2(key_dtype=tf.float32, value_dtype=tf.string)),
    "float32")  # fmt: skip
wrong("HashTable: not ready", lambda tf: tf.raw_ops.LookupTableFindV2(
    table_handle=tf.raw_ops.HashTableV2(key_dtype=tf.int64, value_dtype=tf.int64),
    keys=tf.constant([1], tf.int64), default_value=tf.constant(0, tf.int64)),
    "nitialized")  # fmt: skip
wrong("HashTable: keys", lambda tf: tf.raw_ops.LookupTableFindV2(
    table_handle=tf.raw_ops.MutableHashTableV2(key_dtype=tf.int64, value_dtype=tf.int64),
    keys=["a"], default_value=tf.constant(0, tf.int64)), "string")  # fmt: skip
wrong("TensorArray: dtype", lambda tf: tf.TensorArray(tf.float32, 1).write(0, "a").stack(), "a")
wrong("TensorArray: too far", lambda tf: tf.TensorArray(tf.float32, 1).write(1, 1.0).stack(), "1")
wrong("TensorArray: not written", lambda tf: tf.TensorArray(tf.float32, 1).read(0), "0")
wrong("TensorArray: shapes", lambda tf: tf.TensorArray(
    tf.float32, 2, element_shape=[2]).write(0, [1.0]).stack(), "1")  # fmt: skip

# --- control flow, gradients ----------------------------------------------------------------------
wrong("cond: python bool", lambda tf: tf.cond(True, lambda: 1, lambda: 2), "True")
wrong("cond: branches", lambda tf: tf.cond(
    fed(tf, True, "bool"), lambda: tf.zeros([1]), lambda: tf.zeros([1], tf.int32)),
    "int32")  # fmt: skip
wrong("cond: no function", lambda tf: tf.cond(fed(tf, True, "bool"), 1, lambda: 2), "true_fn")
wrong("cond: vector", lambda tf: tf.cond(tf.zeros([2], tf.bool), lambda: 1, lambda: 2), "2")
wrong("case: no pairs", lambda tf: tf.case([1]), "1")
wrong("while_loop: no variables", lambda tf: tf.while_loop(lambda: True, lambda: [], []), "loop")
wrong("while_loop: shape changes", lambda tf: tf.while_loop(
    lambda x: tf.constant(False), lambda x: tf.concat([x, x], 0), [tf.zeros([1])]),
    "2")  # fmt: skip
wrong("while_loop: dtype changes", lambda tf: tf.while_loop(
    lambda x: tf.constant(False), lambda x: tf.cast(x, tf.int32), [tf.zeros([])]),
    "int32")  # fmt: skip
wrong("while_loop: number", lambda tf: tf.while_loop(
    lambda x: tf.constant(False), lambda x: [x, x], [tf.zeros([])]), "structure")  # fmt: skip
wrong("map_fn: no function", lambda tf: tf.map_fn(1, tf.zeros([2])), "1")
wrong("map_fn: scalar", lambda tf: tf.map_fn(lambda x: x, tf.zeros([])), "scalars")
wrong("gradients: unknown aggregation", lambda tf: tf.gradients(
    tf.zeros([1]), tf.zeros([1]), aggregation_method=9), "9")  # fmt: skip
wrong("gradients: grad_ys", lambda tf: tf.gradients(
    [tf.zeros([1])], [tf.zeros([1])], grad_ys=[None, None]), "2")  # fmt: skip
wrong("py_func: dtypes", lambda tf: tf.py_func(lambda x: x, [1.0], tf.string), "float32")
wrong("assert_equal: static", lambda tf: tf.assert_equal([1], [2]), "x == y")
wrong("Assert: when run", lambda tf: then(tf, tf.Assert(fed(tf, False, "bool"), ["told"])), "told")
wrong("check_numerics: nan", lambda tf: tf.check_numerics(fed(tf, np.nan), "told"), "told")

# --- sparse, ragged, sets, spectral, quantized ----------------------------------------------------
wrong("SparseTensor: ranks", lambda tf: tf.SparseTensor([[0, 0]], [1.0], [2]).values, "2")
wrong("SparseTensor: no matrix", lambda tf: tf.SparseTensor([0], [1.0], [2]).values, "1")
wrong("sparse_to_dense: too far", lambda tf: tf.sparse_to_dense([[3]], [2], 1.0), "3")
wrong("sparse_to_dense: order", lambda tf: tf.sparse_to_dense([[1], [0]], [2], 1.0), "0")
wrong("sparse_concat: nothing", lambda tf: tf.sparse_concat(0, []), "[]")
wrong("sparse_reshape: sizes", lambda tf: tf.sparse_reshape(
    tf.SparseTensor([[0]], [1.0], [4]), [3]).values, "3")  # fmt: skip
wrong("sparse_matmul: sizes", lambda tf: tf.sparse_tensor_dense_matmul(
    tf.SparseTensor([[0, 0]], [1.0], [2, 2]), tf.zeros([3, 1])), "3")  # fmt: skip
wrong("set_size: ranks", lambda tf: tf.sets.set_size(tf.zeros([2], tf.int32)), "SparseTensor")
wrong("set_union: dtypes", lambda tf: tf.sets.set_union(
    tf.zeros([1, 2], tf.int32), tf.zeros([1, 2], tf.int64)).values, "int64")  # fmt: skip
wrong("fft: reals", lambda tf: tf.signal.fft(tf.zeros([2])), "float32")
wrong("fft2d: vector", lambda tf: tf.signal.fft2d(tf.zeros([2], tf.complex64)), "(2,)")
wrong("rfft: length", lambda tf: tf.signal.rfft(fed(tf, [1, 2]), [-2]), "-2")
wrong("dct: type", lambda tf: tf.signal.dct(tf.zeros([2]), type=5), "5")
wrong("dct: norm", lambda tf: tf.signal.dct(tf.zeros([2]), norm="loud"), "loud")
wrong("quantize: mode", lambda tf: list(tf.quantization.quantize(
    [1.0], 0.0, 1.0, tf.quint8, mode="LOUD")), "LOUD")  # fmt: skip
wrong("quantize: range", lambda tf: list(tf.quantization.quantize(
    [1.0], 1.0, 0.0, tf.quint8)), "1")  # fmt: skip
wrong("fake_quant: bits", lambda tf: tf.quantization.fake_quant_with_min_max_args(
    [1.0], num_bits=1), "1")  # fmt: skip
wrong("fake_quant: range", lambda tf: tf.quantization.fake_quant_with_min_max_args(
    [1.0], min=1.0, max=0.0), "1")  # fmt: skip
