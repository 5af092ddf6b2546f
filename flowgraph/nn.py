"""`tf.nn`: the operations of neural networks."""

from flowgraph.ops.array.blocks import depth_to_space, space_to_batch, space_to_depth
from flowgraph.ops.array.selecting import in_top_k, top_k
from flowgraph.ops.image.dilation import dilation2d, erosion2d
from flowgraph.ops.math.trigonometry import tanh
from flowgraph.ops.math.unary import log_sigmoid, sigmoid
from flowgraph.ops.nn import bias_add_old as _bias_add_old  # its op is a raw one
from flowgraph.ops.nn import gru_block as _gru_block  # likewise
from flowgraph.ops.nn import lstm_block as _lstm_block  # likewise
from flowgraph.ops.nn import pooling_fed as _pooling_fed  # likewise
from flowgraph.ops.nn.activation import (
    bias_add,
    crelu,
    elu,
    leaky_relu,
    relu,
    relu6,
    selu,
    softplus,
    softsign,
    swish,
)
from flowgraph.ops.nn.average_loss import compute_average_loss, scale_regularization_loss
from flowgraph.ops.nn.batch_norm import fused_batch_norm
from flowgraph.ops.nn.conv import (
    conv2d,
    conv2d_backprop_filter,
    conv2d_backprop_input,
    conv2d_transpose,
)
from flowgraph.ops.nn.conv3d import conv3d, conv3d_backprop_filter, conv3d_transpose
from flowgraph.ops.nn.convolution import (
    atrous_conv2d,
    atrous_conv2d_transpose,
    conv1d,
    conv1d_transpose,
    conv_transpose,
    convolution,
)
from flowgraph.ops.nn.ctc_decoders import (
    ctc_beam_search_decoder,
    ctc_beam_search_decoder_v2,
    ctc_greedy_decoder,
)
from flowgraph.ops.nn.ctc_loss import (
    collapse_repeated,
    ctc_loss,
    ctc_loss_v2,
    ctc_unique_labels,
)
from flowgraph.ops.nn.depthwise import (
    depthwise_conv2d,
    depthwise_conv2d_backprop_filter,
    depthwise_conv2d_backprop_input,
    depthwise_conv2d_native,
    separable_conv2d,
)
from flowgraph.ops.nn.dropout import dropout
from flowgraph.ops.nn.embedding import embedding_lookup
from flowgraph.ops.nn.embedding_sparse import (
    embedding_lookup_sparse,
    safe_embedding_lookup_sparse,
)
from flowgraph.ops.nn.fractional_pooling import fractional_avg_pool, fractional_max_pool
from flowgraph.ops.nn.local_response import local_response_normalization, lrn
from flowgraph.ops.nn.normalization import (
    batch_norm_with_global_normalization,
    batch_normalization,
    l2_loss,
    l2_normalize,
    moments,
    relu_layer,
    xw_plus_b,
    zero_fraction,
)
from flowgraph.ops.nn.poisson import log_poisson_loss
from flowgraph.ops.nn.pooling import avg_pool, max_pool
from flowgraph.ops.nn.pooling3d import avg_pool3d, max_pool3d
from flowgraph.ops.nn.pooling_any import (
    avg_pool1d,
    avg_pool_v2,
    max_pool1d,
    max_pool2d,
    max_pool_v2,
    pool,
)
from flowgraph.ops.nn.pooling_argmax import max_pool_with_argmax
from flowgraph.ops.nn.sampled_losses import nce_loss, sampled_softmax_loss
from flowgraph.ops.nn.sampling import (
    compute_accidental_hits,
    fixed_unigram_candidate_sampler,
    log_uniform_candidate_sampler,
    uniform_candidate_sampler,
)
from flowgraph.ops.nn.sampling_unigram import (
    all_candidate_sampler,
    learned_unigram_candidate_sampler,
)
from flowgraph.ops.nn.softmax import (
    log_softmax,
    sigmoid_cross_entropy_with_logits,
    softmax,
    softmax_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits_v2,
    sparse_softmax_cross_entropy_with_logits,
    weighted_cross_entropy_with_logits,
)
from flowgraph.ops.nn.spaced import with_space_to_batch
from flowgraph.ops.nn.statistics import (
    normalize_moments,
    sufficient_statistics,
    weighted_moments,
)
from flowgraph.ops.quantize.arithmetic import quantized_relu_x
from flowgraph.ops.quantize.layers import quantized_avg_pool, quantized_conv2d, quantized_max_pool

avg_pool2d = avg_pool
depthwise_conv2d_native_backprop_filter = depthwise_conv2d_backprop_filter
depthwise_conv2d_native_backprop_input = depthwise_conv2d_backprop_input
conv3d_backprop_filter_v2 = conv3d_backprop_filter
