"""`tf.contrib.metrics`: metrics over many batches, with predictions before labels."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.contrib.metrics.classification": (
        "accuracy auc_using_histogram f1_score precision_at_recall "
        "precision_recall_at_equal_thresholds recall_at_precision"
    ),
    "flowgraph.contrib.metrics.confident_auc": "auc_with_confidence_intervals",
    "flowgraph.contrib.metrics.exact_auc": "streaming_dynamic_auc",
    "flowgraph.contrib.metrics.statistics": (
        "aggregate_metric_map aggregate_metrics cohen_kappa count streaming_concat "
        "streaming_covariance streaming_pearson_correlation"
    ),
    "flowgraph.contrib.metrics.streaming": (
        "sparse_recall_at_top_k streaming_accuracy streaming_auc streaming_curve_points "
        "streaming_false_negative_rate streaming_false_negative_rate_at_thresholds "
        "streaming_false_negatives streaming_false_negatives_at_thresholds "
        "streaming_false_positive_rate streaming_false_positive_rate_at_thresholds "
        "streaming_false_positives streaming_false_positives_at_thresholds streaming_mean "
        "streaming_mean_absolute_error streaming_mean_cosine_distance streaming_mean_iou "
        "streaming_mean_relative_error streaming_mean_squared_error streaming_mean_tensor "
        "streaming_percentage_less streaming_precision streaming_precision_at_thresholds "
        "streaming_recall streaming_recall_at_k streaming_recall_at_thresholds "
        "streaming_root_mean_squared_error streaming_sensitivity_at_specificity "
        "streaming_sparse_average_precision_at_k streaming_sparse_average_precision_at_top_k "
        "streaming_sparse_precision_at_k streaming_sparse_precision_at_top_k "
        "streaming_sparse_recall_at_k streaming_specificity_at_sensitivity "
        "streaming_true_negatives streaming_true_negatives_at_thresholds streaming_true_positives "
        "streaming_true_positives_at_thresholds"
    ),
    "flowgraph.ops.math.confusion": "confusion_matrix",
    "flowgraph.ops.sparse.sets": "set_difference set_intersection set_size set_union",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
