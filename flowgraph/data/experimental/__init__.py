"""More transformations of datasets, given to `Dataset.apply` (tf.data.experimental)."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.data.dataset": "get_structure",
    "flowgraph.data.experimental.choosing": (
        "choose_from_datasets parallel_interleave rejection_resample sample_from_datasets"
    ),
    "flowgraph.data.experimental.csv_files": "CsvDataset SqlDataset make_csv_dataset",
    "flowgraph.data.experimental.features": (
        "TFRecordWriter make_batched_features_dataset make_tf_record_dataset parse_example_dataset"
    ),
    "flowgraph.data.experimental.grouping": (
        "Reducer bucket_by_sequence_length group_by_reducer group_by_window"
    ),
    "flowgraph.data.experimental.optional": "Optional OptionalStructure get_next_as_optional",
    "flowgraph.data.experimental.simple": (
        "Counter INFINITE_CARDINALITY RandomDataset SparseTensorStructure TensorStructure "
        "UNKNOWN_CARDINALITY assert_cardinality "
        "cardinality copy_to_device dense_to_sparse_batch enumerate_dataset from_variant "
        "get_single_element ignore_errors map_and_batch map_and_batch_with_legacy_function "
        "prefetch_to_device scan shuffle_and_repeat take_while to_variant unbatch unique"
    ),
    "flowgraph.data.experimental.stats": "StatsAggregator bytes_produced_stats latency_stats",
    "flowgraph.data.options": (
        "DistributeOptions MapVectorizationOptions OptimizationOptions StatsOptions "
        "ThreadingOptions"
    ),
    "flowgraph.data.structure": (
        "DatasetStructure=DatasetSpec Structure=Spec TensorArrayStructure=TensorArraySpec"
    ),
    "flowgraph.data.transformations": "AUTOTUNE",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
