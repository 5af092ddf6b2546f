"""`tf.nn`: the operations of neural networks."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.ops.array.blocks": "depth_to_space space_to_batch space_to_depth",
    "flowgraph.ops.array.selecting": "in_top_k top_k",
    "flowgraph.ops.image.dilation": "dilation2d erosion2d",
    "flowgraph.ops.math.trigonometry": "tanh",
    "flowgraph.ops.math.unary": "log_sigmoid sigmoid",
    "flowgraph.ops.nn.activation": (
        "bias_add crelu elu leaky_relu relu relu6 selu softplus softsign swish"
    ),
    "flowgraph.ops.nn.average_loss": "compute_average_loss scale_regularization_loss",
    "flowgraph.ops.nn.batch_norm": "fused_batch_norm",
    "flowgraph.ops.nn.conv": (
        "conv2d conv2d_backprop_filter conv2d_backprop_input conv2d_transpose "
        "deconv2d=conv2d_transpose"
    ),
    "flowgraph.ops.nn.conv3d": (
        "conv3d conv3d_backprop_filter conv3d_transpose "
        "conv3d_backprop_filter_v2=conv3d_backprop_filter"
    ),
    "flowgraph.ops.nn.convolution": (
        "atrous_conv2d atrous_conv2d_transpose conv1d conv1d_transpose conv_transpose convolution"
    ),
    "flowgraph.ops.nn.ctc_decoders": (
        "ctc_beam_search_decoder ctc_beam_search_decoder_v2 ctc_greedy_decoder"
    ),
    "flowgraph.ops.nn.ctc_loss": "collapse_repeated ctc_loss ctc_loss_v2 ctc_unique_labels",
    "flowgraph.ops.nn.depthwise": (
        "depthwise_conv2d depthwise_conv2d_backprop_filter depthwise_conv2d_backprop_input "
        "depthwise_conv2d_native separable_conv2d "
        "depthwise_conv2d_native_backprop_filter=depthwise_conv2d_backprop_filter "
        "depthwise_conv2d_native_backprop_input=depthwise_conv2d_backprop_input"
    ),
    "flowgraph.ops.nn.dropout": "dropout",
    "flowgraph.ops.nn.embedding": "embedding_lookup",
    "flowgraph.ops.nn.embedding_sparse": "embedding_lookup_sparse safe_embedding_lookup_sparse",
    "flowgraph.ops.nn.fractional_pooling": "fractional_avg_pool fractional_max_pool",
    "flowgraph.ops.nn.local_response": "local_response_normalization lrn",
    "flowgraph.ops.nn.normalization": (
        "batch_norm_with_global_normalization batch_normalization l2_loss l2_normalize moments "
        "relu_layer xw_plus_b zero_fraction"
    ),
    "flowgraph.ops.nn.poisson": "log_poisson_loss",
    "flowgraph.ops.nn.pooling": "avg_pool max_pool avg_pool2d=avg_pool",
    "flowgraph.ops.nn.pooling3d": "avg_pool3d max_pool3d",
    "flowgraph.ops.nn.pooling_any": "avg_pool1d avg_pool_v2 max_pool1d max_pool2d max_pool_v2 pool",
    "flowgraph.ops.nn.pooling_argmax": "max_pool_with_argmax",
    "flowgraph.ops.nn.sampled_losses": "nce_loss sampled_softmax_loss",
    "flowgraph.ops.nn.sampling": (
        "compute_accidental_hits fixed_unigram_candidate_sampler log_uniform_candidate_sampler "
        "uniform_candidate_sampler"
    ),
    "flowgraph.ops.nn.sampling_unigram": "all_candidate_sampler learned_unigram_candidate_sampler",
    "flowgraph.ops.nn.softmax": (
        "log_softmax sigmoid_cross_entropy_with_logits softmax softmax_cross_entropy_with_logits "
        "softmax_cross_entropy_with_logits_v2 sparse_softmax_cross_entropy_with_logits "
        "weighted_cross_entropy_with_logits"
    ),
    "flowgraph.ops.nn.spaced": "with_space_to_batch",
    "flowgraph.ops.nn.statistics": "normalize_moments sufficient_statistics weighted_moments",
    "flowgraph.ops.quantize.arithmetic": "quantized_relu_x",
    "flowgraph.ops.quantize.layers": "quantized_avg_pool quantized_conv2d quantized_max_pool",
    "flowgraph.recurrent": "rnn_cell",
    "flowgraph.recurrent.bidirectional": (
        "bidirectional_dynamic_rnn static_bidirectional_rnn "
        "bidirectional_rnn=static_bidirectional_rnn"
    ),
    "flowgraph.recurrent.dynamic": "dynamic_rnn",
    "flowgraph.recurrent.raw": "raw_rnn",
    "flowgraph.recurrent.static": (
        "static_rnn static_state_saving_rnn rnn=static_rnn state_saving_rnn=static_state_saving_rnn"
    ),
}
# tf.nn.seq2seq before 1.0.
_LAZY = {"seq2seq": "flowgraph.contrib.legacy_seq2seq"}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES, _LAZY)
