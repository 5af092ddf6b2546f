"""`tf.nn`: the operations of neural networks."""

from flowgraph.ops.array.selecting import in_top_k, top_k
from flowgraph.ops.math.trigonometry import tanh
from flowgraph.ops.math.unary import log_sigmoid, sigmoid
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
from flowgraph.ops.nn.batch_norm import fused_batch_norm
from flowgraph.ops.nn.conv import (
    conv2d,
    conv2d_backprop_filter,
    conv2d_backprop_input,
    conv2d_transpose,
)
from flowgraph.ops.nn.convolution import (
    atrous_conv2d,
    atrous_conv2d_transpose,
    conv1d,
    convolution,
)
from flowgraph.ops.nn.depthwise import (
    depthwise_backprop_filter_op as depthwise_conv2d_native_backprop_filter,
)
from flowgraph.ops.nn.depthwise import (
    depthwise_backprop_input_op as depthwise_conv2d_native_backprop_input,
)
from flowgraph.ops.nn.depthwise import (
    depthwise_conv2d,
    depthwise_conv2d_native,
    separable_conv2d,
)
from flowgraph.ops.nn.dropout import dropout
from flowgraph.ops.nn.embedding import embedding_lookup
from flowgraph.ops.nn.embedding_sparse import (
    embedding_lookup_sparse,
    safe_embedding_lookup_sparse,
)
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
from flowgraph.ops.nn.pooling import avg_pool, max_pool
from flowgraph.ops.nn.pooling_argmax import max_pool_with_argmax
from flowgraph.ops.nn.sampled_losses import nce_loss, sampled_softmax_loss
from flowgraph.ops.nn.sampling import (
    compute_accidental_hits,
    fixed_unigram_candidate_sampler,
    log_uniform_candidate_sampler,
    uniform_candidate_sampler,
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
from flowgraph.ops.nn.statistics import (
    normalize_moments,
    sufficient_statistics,
    weighted_moments,
)

avg_pool2d, max_pool2d = avg_pool, max_pool

