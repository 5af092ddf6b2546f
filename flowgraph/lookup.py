"""`tf.lookup`: tables from keys to values."""

from types import SimpleNamespace as _Namespace

from flowgraph.variables.mutable_tables import DenseHashTable as _DenseHashTable
from flowgraph.variables.table_initializers import (
    KeyValueTensorInitializer,
    TextFileIndex,
    TextFileInitializer,
)
from flowgraph.variables.tables import StaticHashTable, StaticVocabularyTable

experimental = _Namespace(DenseHashTable=_DenseHashTable)
