"""Activations, losses, normalization, convolutions and pooling of `tf.keras.backend`."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.keras import _ops as tf
from flowgraph.keras.backend.state import data_format_or_default, epsilon
from flowgraph.keras.backend.variables import int_shape, ndim


# --- activations ----------------------------------------------------------------------------------
def relu(x: Any, alpha: Any = 0.0, max_value: Any = None, threshold: Any = 0) -> Any:
    """max(x, 0), or: max_value above it, x from `threshold` on, alpha * (x - threshold) below."""
    if alpha != 0.0 and max_value is None and threshold == 0:
        return tf.nn.leaky_relu(x, alpha=alpha)
    x = tf.convert_to_tensor(x)
    negative = None
    if alpha != 0.0:
        negative = tf.nn.relu(-x + threshold) if threshold != 0 else tf.nn.relu(-x)
    clips = max_value is not None
    if threshold != 0:
        x = x * tf.cast(tf.greater(x, threshold), x.dtype)
    elif max_value == 6:
        x, clips = tf.nn.relu6(x), False
    else:
        x = tf.nn.relu(x)
    if clips:
        x = tf.clip_by_value(x, tf.constant(0, x.dtype), tf.cast(max_value, x.dtype))
    return x if negative is None else x - tf.cast(alpha, x.dtype) * negative


def elu(x: Any, alpha: Any = 1.0) -> Any:
    """x above 0, alpha * (exp(x) - 1) below."""
    result = tf.nn.elu(x)
    return result if alpha == 1 else tf.where(tf.greater(x, 0), result, alpha * result)


def softmax(x: Any, axis: int = -1) -> Any:
    """exp(x) over its sum along an axis."""
    return tf.nn.softmax(x, axis=axis)


def softplus(x: Any) -> Any:
    """log(exp(x) + 1)."""
    return tf.math.softplus(x)


def softsign(x: Any) -> Any:
    """x / (|x| + 1)."""
    return tf.math.softsign(x)


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x))."""
    return tf.sigmoid(x)


def hard_sigmoid(x: Any) -> Any:
    """0.2 x + 0.5, moved into [0, 1]."""
    x = tf.convert_to_tensor(x)
    line = x * tf.constant(0.2, x.dtype) + tf.constant(0.5, x.dtype)
    return tf.clip_by_value(line, tf.constant(0.0, x.dtype), tf.constant(1.0, x.dtype))


def tanh(x: Any) -> Any:
    """The hyperbolic tangent."""
    return tf.tanh(x)


def dropout(x: Any, level: Any, noise_shape: Any = None, seed: int | None = None) -> Any:
    """`x` with a share `level` of its elements zero and the others larger by as much."""
    seed = np.random.randint(10**6) if seed is None else seed
    return tf.nn.dropout(x, rate=level, noise_shape=noise_shape, seed=seed)


def l2_normalize(x: Any, axis: Any = None) -> Any:
    """`x` over its length along an axis."""
    return tf.nn.l2_normalize(x, axis=axis)


def in_top_k(predictions: Any, targets: Any, k: int) -> Any:
    """Whether each target is among the k largest predictions."""
    return tf.nn.in_top_k(predictions, targets, k)


# --- losses ---------------------------------------------------------------------------------------
def _logits(output: Any, op_types: tuple[str, ...]) -> Any:
    """What went into the softmax or sigmoid that made `output`; None when nothing did."""
    if not isinstance(output, tf.Tensor) or output.op.type not in op_types:
        return None
    return output.op.inputs[0]


def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """The cross entropy of probabilities `output` (or logits) with one-hot `target`."""
    output = tf.convert_to_tensor(output)
    target = tf.convert_to_tensor(target)
    target.shape.assert_is_compatible_with(output.shape)
    if not from_logits:
        logits = _logits(output, ("Softmax",))
        if logits is None:
            output = output / tf.reduce_sum(output, axis, True)
            tiny = tf.constant(epsilon(), output.dtype)
            output = tf.clip_by_value(output, tiny, 1.0 - tiny)
            return -tf.reduce_sum(target * tf.log(output), axis)
        output = logits
    return tf.nn.softmax_cross_entropy_with_logits_v2(labels=target, logits=output, axis=axis)


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """The cross entropy of probabilities `output` (or logits) with class numbers `target`."""
    output = tf.convert_to_tensor(output)
    if not from_logits:
        logits = _logits(output, ("Softmax",))
        if logits is None:
            tiny = tf.constant(epsilon(), output.dtype)
            output = tf.log(tf.clip_by_value(output, tiny, 1 - tiny))
        else:
            output = logits
    rank = output.shape.ndims
    if rank is not None:
        axis %= rank
        if axis != rank - 1:
            output = tf.transpose(output, [*range(axis), *range(axis + 1, rank), axis])
    shape = tf.shape(output)
    target = tf.cast(tf.reshape(target, [-1]), tf.int64)
    flat = output if rank == 2 else tf.reshape(output, tf.stack([-1, shape[-1]]))
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=target, logits=flat)
    return tf.reshape(loss, shape[:-1]) if rank is None or rank >= 3 else loss


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """The cross entropy of probabilities `output` (or logits) with `target`, elementwise."""
    output = tf.convert_to_tensor(output)
    if not from_logits:
        logits = _logits(output, ("Sigmoid",))
        if logits is None:
            tiny = tf.constant(epsilon(), output.dtype)
            output = tf.clip_by_value(output, tiny, 1.0 - tiny)
            loss = target * tf.log(output + tiny)
            return -(loss + (1 - target) * tf.log(1 - output + tiny))
        output = logits
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=target, logits=output)


# --- normalization --------------------------------------------------------------------------------
def normalize_batch_in_training(
    x: Any, gamma: Any, beta: Any, reduction_axes: Any, epsilon: float = 1e-3
) -> Any:
    """(x normalized over axes, its mean, its variance)."""
    axes = sorted(reduction_axes)
    mean, var = tf.nn.moments(x, axes)
    if axes != list(range(ndim(x) - 1)):
        target = [1 if i in axes else tf.shape(x)[i] for i in range(ndim(x))]
        reshaped = [None if t is None else tf.reshape(t, tf.stack(target))
                    for t in (mean, var, beta, gamma)]  # fmt: skip
    else:
        reshaped = [mean, var, beta, gamma]
    return tf.nn.batch_normalization(x, *reshaped, epsilon), mean, var


def batch_normalization(
    x: Any, mean: Any, var: Any, beta: Any, gamma: Any, axis: int = -1, epsilon: float = 1e-3
) -> Any:
    """`x` normalized with a given mean and variance."""
    return tf.nn.batch_normalization(x, mean, var, beta, gamma, epsilon)


def bias_add(x: Any, bias: Any, data_format: str | None = None) -> Any:
    """`x` plus a bias of one axis, or of all axes but the first."""
    data_format = data_format_or_default(data_format)
    shape = int_shape(bias)
    if len(shape) != 1 and len(shape) != ndim(x) - 1:
        raise ValueError(
            f"Unexpected bias dimensions {len(shape)}, expect to be 1 or {ndim(x) - 1} dimensions"
        )
    if len(shape) == 1:
        if data_format == "channels_first" and ndim(x) > 2:
            return x + tf.reshape(bias, [1, shape[0]] + [1] * (ndim(x) - 2))
        return tf.nn.bias_add(x, bias) if ndim(x) > 2 else x + bias
    if data_format == "channels_first":
        return x + tf.reshape(bias, [1, shape[-1], *shape[:-1]])
    return x + tf.reshape(bias, [1, *shape])


# --- convolutions ---------------------------------------------------------------------------------
_FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}


def tf_format(data_format: str, rank: int) -> str:
    """Keras's "channels_last" as tf's "NHWC"."""
    return _FORMATS[rank][data_format == "channels_first"]


def _padding(padding: str) -> str:
    if padding not in ("same", "valid"):
        raise ValueError("Invalid padding: " + str(padding))
    return padding.upper()


def _convolve(
    x: Any, kernel: Any, strides: Any, padding: str, data_format: Any, dilation: Any, rank: int
) -> Any:
    return tf.nn.convolution(
        input=x, filter=kernel, dilation_rate=dilation, strides=strides,
        padding=_padding(padding), data_format=tf_format(data_format, rank),
    )  # fmt: skip


def conv1d(
    x: Any, kernel: Any, strides: int = 1, padding: str = "valid", data_format: Any = None,
    dilation_rate: int = 1,
) -> Any:  # fmt: skip
    """A convolution along one axis; `padding` can be "causal"."""
    if padding == "causal":
        x = tf.pad(x, [[0, 0], [dilation_rate * (int_shape(kernel)[0] - 1), 0], [0, 0]])
        padding = "valid"
    form = data_format_or_default(data_format)
    return _convolve(x, kernel, (strides,), padding, form, (dilation_rate,), 1)


def conv2d(
    x: Any, kernel: Any, strides: Any = (1, 1), padding: str = "valid", data_format: Any = None,
    dilation_rate: Any = (1, 1),
) -> Any:  # fmt: skip
    """A convolution of images."""
    form = data_format_or_default(data_format)
    return _convolve(x, kernel, strides, padding, form, dilation_rate, 2)


def conv3d(
    x: Any, kernel: Any, strides: Any = (1, 1, 1), padding: str = "valid",
    data_format: Any = None, dilation_rate: Any = (1, 1, 1),
) -> Any:  # fmt: skip
    """A convolution of volumes."""
    form = data_format_or_default(data_format)
    return _convolve(x, kernel, strides, padding, form, dilation_rate, 3)


def _full(pair: Any, data_format: str) -> list[int]:
    return [1, 1, *pair] if data_format == "channels_first" else [1, *pair, 1]


def _output_shape(shape: Any, x: Any) -> Any:
    if isinstance(shape, (tuple, list)):
        shape = tf.stack([tf.shape(x)[0] if s is None else s for s in shape])
    return shape


def conv2d_transpose(
    x: Any, kernel: Any, output_shape: Any, strides: Any = (1, 1), padding: str = "valid",
    data_format: Any = None, dilation_rate: Any = (1, 1),
) -> Any:  # fmt: skip
    """The gradient of a convolution of images, used as a layer."""
    form = data_format_or_default(data_format)
    output_shape = _output_shape(output_shape, x)
    if tuple(dilation_rate) != (1, 1):
        return tf.nn.atrous_conv2d_transpose(
            x, kernel, output_shape, rate=dilation_rate[0], padding=_padding(padding)
        )
    return tf.nn.conv2d_transpose(
        x, kernel, output_shape, _full(strides, form), padding=_padding(padding),
        data_format=tf_format(form, 2),
    )  # fmt: skip


def conv3d_transpose(
    x: Any, kernel: Any, output_shape: Any, strides: Any = (1, 1, 1), padding: str = "valid",
    data_format: Any = None,
) -> Any:  # fmt: skip
    """The gradient of a convolution of volumes, used as a layer."""
    form = data_format_or_default(data_format)
    return tf.nn.conv3d_transpose(
        x, kernel, _output_shape(output_shape, x), _full(strides, form),
        padding=_padding(padding), data_format=tf_format(form, 3),
    )  # fmt: skip


def separable_conv2d(
    x: Any, depthwise_kernel: Any, pointwise_kernel: Any, strides: Any = (1, 1),
    padding: str = "valid", data_format: Any = None, dilation_rate: Any = (1, 1),
) -> Any:  # fmt: skip
    """A convolution of each channel, then one of single pixels."""
    form = data_format_or_default(data_format)
    return tf.nn.separable_conv2d(
        x, depthwise_kernel, pointwise_kernel, strides=_full(strides, form),
        padding=_padding(padding), rate=dilation_rate, data_format=tf_format(form, 2),
    )  # fmt: skip


def separable_conv1d(
    x: Any, depthwise_kernel: Any, pointwise_kernel: Any, strides: Any = 1,
    padding: str = "valid", data_format: Any = None, dilation_rate: Any = 1,
) -> Any:  # fmt: skip
    """A convolution of each channel along one axis, then one of single places."""
    form = data_format_or_default(data_format)
    step = strides[0] if isinstance(strides, (tuple, list)) else strides
    rate = dilation_rate[0] if isinstance(dilation_rate, (tuple, list)) else dilation_rate
    axis = 2 if form == "channels_first" else 1
    y = separable_conv2d(
        tf.expand_dims(x, axis), tf.expand_dims(depthwise_kernel, 0),
        tf.expand_dims(pointwise_kernel, 0), (step, step), padding, form, (rate, rate),
    )  # fmt: skip
    return tf.squeeze(y, [axis])


def depthwise_conv2d(
    x: Any, depthwise_kernel: Any, strides: Any = (1, 1), padding: str = "valid",
    data_format: Any = None, dilation_rate: Any = (1, 1),
) -> Any:  # fmt: skip
    """A convolution of each channel by itself."""
    form = data_format_or_default(data_format)
    return tf.nn.depthwise_conv2d(
        x, depthwise_kernel, strides=_full(strides, form), padding=_padding(padding),
        rate=dilation_rate, data_format=tf_format(form, 2),
    )  # fmt: skip


def _pool(x: Any, size: Any, strides: Any, padding: str, form: Any, mode: str, rank: int) -> Any:
    form = data_format_or_default(form)
    if mode not in ("max", "avg"):
        raise ValueError("Invalid pooling mode: " + str(mode))
    kinds = {("max", 2): tf.nn.max_pool, ("avg", 2): tf.nn.avg_pool,
             ("max", 3): tf.nn.max_pool3d, ("avg", 3): tf.nn.avg_pool3d}  # fmt: skip
    return kinds[mode, rank](
        x, _full(size, form), _full(strides, form), padding=_padding(padding),
        data_format=tf_format(form, rank),
    )  # fmt: skip


def pool2d(
    x: Any, pool_size: Any, strides: Any = (1, 1), padding: str = "valid", data_format: Any = None,
    pool_mode: str = "max",
) -> Any:  # fmt: skip
    """The largest or the mean of windows of images."""
    if len(pool_size) != 2 or len(strides) != 2:
        raise ValueError("`pool_size` and `strides` must be tuples of 2 integers.")
    return _pool(x, pool_size, strides, padding, data_format, pool_mode, 2)


def pool3d(
    x: Any, pool_size: Any, strides: Any = (1, 1, 1), padding: str = "valid",
    data_format: Any = None, pool_mode: str = "max",
) -> Any:  # fmt: skip
    """The largest or the mean of windows of volumes."""
    return _pool(x, pool_size, strides, padding, data_format, pool_mode, 3)


def resize_images(
    x: Any, height_factor: int, width_factor: int, data_format: str,
    interpolation: str = "nearest",
) -> Any:  # fmt: skip
    """Images that are a whole number of times larger."""
    from flowgraph import image  # the face of the image ops; heavy, and rare here

    first = data_format == "channels_first"
    rows, columns = (2, 3) if first else (1, 2)
    static = int_shape(x)
    size = tf.shape(x)[rows : columns + 1] * np.array([height_factor, width_factor], np.int32)
    if first:
        x = tf.transpose(x, [0, 2, 3, 1])
    if interpolation == "nearest":
        x = image.resize_nearest_neighbor(x, size)
    elif interpolation == "bilinear":
        x = image.resize_bilinear(x, size)
    else:
        raise ValueError('interpolation should be one of "nearest" or "bilinear".')
    if first:
        x = tf.transpose(x, [0, 3, 1, 2])
    known = list(static)
    for axis, factor in ((rows, height_factor), (columns, width_factor)):
        known[axis] = None if static[axis] is None else static[axis] * factor
    x.set_shape(known)
    return x


def resize_volumes(
    x: Any, depth_factor: int, height_factor: int, width_factor: int, data_format: str
) -> Any:
    """Volumes that are a whole number of times larger."""
    from flowgraph.keras.backend.math import repeat_elements

    if data_format not in ("channels_first", "channels_last"):
        raise ValueError("Invalid data_format: " + str(data_format))
    first = 2 if data_format == "channels_first" else 1
    for axis, factor in enumerate((depth_factor, height_factor, width_factor)):
        x = repeat_elements(x, factor, axis=first + axis)
    return x


# --- connectionist temporal classification --------------------------------------------------------
def ctc_label_dense_to_sparse(labels: Any, label_lengths: Any) -> Any:
    """The first `label_lengths` labels of each row as a SparseTensor."""
    kept = tf.sequence_mask(tf.reshape(label_lengths, [-1]), tf.shape(labels)[1])
    where = tf.where(kept)
    shape = tf.cast(tf.shape(labels), tf.int64)
    return tf.SparseTensor(where, tf.gather_nd(labels, where), shape)


def ctc_batch_cost(y_true: Any, y_pred: Any, input_length: Any, label_length: Any) -> Any:
    """The CTC loss of each sequence, (samples, 1)."""
    lengths = tf.to_int32(tf.squeeze(input_length, axis=[-1]))
    labels = tf.squeeze(label_length, axis=[-1])
    sparse = ctc_label_dense_to_sparse(y_true, labels)
    sparse = tf.SparseTensor(sparse.indices, tf.to_int32(sparse.values), sparse.dense_shape)
    scores = tf.log(tf.transpose(y_pred, [1, 0, 2]) + epsilon())
    return tf.expand_dims(tf.nn.ctc_loss(sparse, scores, lengths), 1)


def ctc_decode(
    y_pred: Any, input_length: Any, greedy: bool = True, beam_width: int = 100, top_paths: int = 1
) -> Any:
    """(the decoded sequences as dense tensors filled with -1, their log probabilities)."""
    scores = tf.log(tf.transpose(y_pred, [1, 0, 2]) + epsilon())
    lengths = tf.to_int32(input_length)
    if greedy:
        decoded, log_prob = tf.nn.ctc_greedy_decoder(scores, lengths)
    else:
        decoded, log_prob = tf.nn.ctc_beam_search_decoder(
            scores, lengths, beam_width=beam_width, top_paths=top_paths
        )
    return [tf.sparse_tensor_to_dense(s, default_value=-1) for s in decoded], log_prob
