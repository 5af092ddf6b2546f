"""`tf.contrib.feature_column`: columns of sequences as the input of a recurrent network."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.feature_column.models": "sequence_input_layer",
    "flowgraph.feature_column.sequence_columns": (
        "sequence_categorical_column_with_hash_bucket sequence_categorical_column_with_identity "
        "sequence_categorical_column_with_vocabulary_file "
        "sequence_categorical_column_with_vocabulary_list sequence_numeric_column"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
