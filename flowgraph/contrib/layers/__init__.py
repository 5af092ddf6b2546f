"""`tf.contrib.layers`: layers as functions, with initializers, regularizers and training."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.contrib.layers.batch_normalization": "batch_norm",
    "flowgraph.contrib.layers.columns": (
        "bucketized_column crossed_column embedding_column one_hot_column real_valued_column "
        "shared_embedding_columns sparse_column_with_hash_bucket "
        "sparse_column_with_integerized_feature sparse_column_with_keys "
        "sparse_column_with_vocabulary_file weighted_sparse_column"
    ),
    "flowgraph.contrib.layers.connected": (
        "bias_add elu fully_connected legacy_fully_connected legacy_linear legacy_relu linear relu "
        "relu6"
    ),
    "flowgraph.contrib.layers.convolutions": (
        "conv1d conv2d conv2d_in_plane conv2d_transpose conv3d conv3d_transpose convolution "
        "convolution1d convolution2d convolution2d_in_plane convolution2d_transpose convolution3d "
        "convolution3d_transpose"
    ),
    "flowgraph.contrib.layers.embedding_ops": (
        "embedding_lookup_unique safe_embedding_lookup_sparse"
    ),
    "flowgraph.contrib.layers.encoders": "bow_encoder embed_sequence",
    "flowgraph.contrib.layers.feature_column_ops": (
        "check_feature_columns create_feature_spec_for_parsing infer_real_valued_columns "
        "input_from_feature_columns make_place_holder_tensors_for_base_features "
        "parse_feature_columns_from_examples transform_features weighted_sum_from_feature_columns"
    ),
    "flowgraph.contrib.layers.gdn_layer": "GDN gdn",
    "flowgraph.contrib.layers.initializers": (
        "variance_scaling_initializer xavier_initializer xavier_initializer_conv2d"
    ),
    "flowgraph.contrib.layers.normalization": "group_norm instance_norm layer_norm",
    "flowgraph.contrib.layers.optimizers": (
        "OPTIMIZER_CLS_NAMES OPTIMIZER_SUMMARIES adaptive_clipping_fn optimize_loss"
    ),
    "flowgraph.contrib.layers.pools": "avg_pool2d avg_pool3d max_pool2d max_pool3d pool",
    "flowgraph.contrib.layers.regularizers": (
        "apply_regularization l1_l2_regularizer l1_regularizer l2_regularizer sum_regularizer"
    ),
    "flowgraph.contrib.layers.separable": "separable_conv2d separable_convolution2d",
    "flowgraph.contrib.layers.shaping": (
        "dense_to_sparse dropout flatten images_to_sequence maxout one_hot_encoding "
        "poincare_normalize repeat scale_gradient sequence_to_images softmax spatial_softmax stack "
        "unit_norm"
    ),
    "flowgraph.contrib.layers.summaries": (
        "summarize_activation summarize_activations summarize_biases summarize_collection "
        "summarize_tensor summarize_tensors summarize_variables summarize_weights"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
