"""`tf.feature_column`: columns, which tell how raw features go into a model."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.feature_column.categorical": (
        "categorical_column_with_hash_bucket categorical_column_with_identity "
        "categorical_column_with_vocabulary_file categorical_column_with_vocabulary_list "
        "crossed_column weighted_categorical_column"
    ),
    "flowgraph.feature_column.composed": (
        "embedding_column indicator_column shared_embedding_columns"
    ),
    "flowgraph.feature_column.dense": "bucketized_column numeric_column",
    "flowgraph.feature_column.models": "input_layer linear_model make_parse_example_spec",
    "flowgraph.feature_column.sequence_columns": (
        "sequence_categorical_column_with_hash_bucket sequence_categorical_column_with_identity "
        "sequence_categorical_column_with_vocabulary_file "
        "sequence_categorical_column_with_vocabulary_list sequence_numeric_column"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
