"""`tf.contrib.lookup`: tables from keys to values."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.variables.mutable_tables": "MutableDenseHashTable=DenseHashTable MutableHashTable",
    "flowgraph.variables.table_initializers": (
        "KeyValueTensorInitializer TextFileIdTableInitializer TextFileIndex TextFileInitializer "
        "TextFileStringTableInitializer"
    ),
    "flowgraph.variables.tables": (
        "FastHashSpec HashTable HasherSpec IdTableWithHashBuckets InitializableLookupTableBase "
        "LookupInterface StrongHashSpec"
    ),
    "flowgraph.variables.vocabularies": (
        "index_table_from_file index_table_from_tensor index_to_string "
        "index_to_string_table_from_file index_to_string_table_from_tensor string_to_index "
        "string_to_index_table_from_file string_to_index_table_from_tensor"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
