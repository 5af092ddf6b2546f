"""`tf.keras.losses`: how far predictions are from targets, as functions and as classes."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras.utils.generic import deserialize_keras_object, serialize_keras_object


class Reduction:
    """How the losses of examples become one (tf.keras.losses.Reduction)."""

    AUTO, NONE, SUM, SUM_OVER_BATCH_SIZE = "auto", "none", "sum", "sum_over_batch_size"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """All of them."""
        return cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE

    @classmethod
    def validate(cls, key: str) -> None:
        """ValueError unless `key` is one of them."""
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key {key}.")


# --- weights --------------------------------------------------------------------------------------
def squeeze_or_expand(y_pred: Any, y_true: Any, sample_weight: Any) -> tuple[Any, Any, Any]:
    """The three with a last axis of 1 dropped or added, so that they fit each other."""
    if y_true is not None:
        pred_rank, true_rank = y_pred.shape.ndims, y_true.shape.ndims
        if pred_rank is not None and true_rank is not None:
            if pred_rank - true_rank == 1 and y_pred.shape.as_list()[-1] == 1:
                y_pred = tf.squeeze(y_pred, [-1])
            elif true_rank - pred_rank == 1 and y_true.shape.as_list()[-1] == 1:
                y_true = tf.squeeze(y_true, [-1])
    if sample_weight is not None and sample_weight.shape.ndims:
        weight_rank, pred_rank = sample_weight.shape.ndims, y_pred.shape.ndims
        if pred_rank is not None:
            if weight_rank - pred_rank == 1:
                sample_weight = tf.squeeze(sample_weight, [-1])
            elif pred_rank - weight_rank == 1:
                sample_weight = tf.expand_dims(sample_weight, -1)
    return y_pred, y_true, sample_weight


def weighted(losses: Any, sample_weight: Any) -> Any:
    """Losses times weights, whose missing last axes are filled up."""
    losses = tf.convert_to_tensor(losses)
    if sample_weight is None:
        return losses
    dtype = losses.dtype.base_dtype
    if not dtype.is_floating:
        losses, dtype = tf.cast(losses, tf.float32), tf.float32
    sample_weight = tf.cast(sample_weight, dtype)
    losses, _, sample_weight = squeeze_or_expand(losses, None, sample_weight)
    while (
        sample_weight.shape.ndims and losses.shape.ndims
        and sample_weight.shape.ndims < losses.shape.ndims
    ):  # fmt: skip
        sample_weight = tf.expand_dims(sample_weight, -1)
    return losses * sample_weight


def reduced(losses: Any, reduction: str) -> Any:
    """Losses as one number, or as they are for NONE."""
    if reduction == Reduction.NONE:
        return losses
    if not losses.dtype.base_dtype.is_floating:
        return tf.cast(reduced(tf.cast(losses, tf.float32), reduction), losses.dtype.base_dtype)
    total = tf.reduce_sum(losses)
    if reduction == Reduction.SUM:
        return total
    return tf.div_no_nan(total, tf.cast(tf.size(losses), losses.dtype))


def compute_weighted_loss(
    losses: Any, sample_weight: Any = None, reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
    name: str | None = None,
) -> Any:  # fmt: skip
    """The losses weighted and reduced."""
    Reduction.validate(reduction)
    if reduction == Reduction.AUTO:
        reduction = Reduction.SUM_OVER_BATCH_SIZE
    with tf.name_scope(name or "weighted_loss"):
        losses = tf.convert_to_tensor(losses)
        result = reduced(weighted(losses, sample_weight), reduction)
        return tf.cast(result, losses.dtype) if result.dtype != losses.dtype else result


# --- classes --------------------------------------------------------------------------------------
class Loss:
    """Base class of losses: a subclass writes `call(y_true, y_pred)`, a loss for each example.

    Args:
      reduction: one of `Reduction`.
      name: the name of its operations.
    """

    def __init__(self, reduction: str = Reduction.AUTO, name: str | None = None) -> None:
        Reduction.validate(reduction)
        self.reduction, self.name = reduction, name

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The loss; `sample_weight` is a number for each example, or for each of its losses."""
        scope = "lambda" if self.name == "<lambda>" else self.name
        with tf.name_scope(scope or type(self).__name__):
            return compute_weighted_loss(
                self.call(y_true, y_pred), sample_weight, reduction=self._reduction()
            )

    def _reduction(self) -> str:
        return Reduction.SUM_OVER_BATCH_SIZE if self.reduction == Reduction.AUTO else self.reduction

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each example."""
        raise NotImplementedError(f"{type(self).__name__} must implement call")

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {"reduction": self.reduction, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Makes the loss that `get_config` described."""
        return cls(**config)


class LossFunctionWrapper(Loss):
    """A function of (y_true, y_pred, **kwargs) as a loss."""

    def __init__(
        self, fn: Any, reduction: str = Reduction.AUTO, name: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(reduction, name)
        self.fn, self._fn_kwargs = fn, kwargs

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """What the function gives."""
        if isinstance(y_pred, tf.Tensor) and isinstance(y_true, tf.Tensor):
            y_pred, y_true, _ = squeeze_or_expand(y_pred, y_true, None) if (
                self.fn not in _KEEP_RANKS) else (y_pred, y_true, None)  # fmt: skip
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        plain = {
            k: K.eval(v) if isinstance(v, (tf.Tensor, tf.Variable)) else v
            for k, v in self._fn_kwargs.items()
        }
        return {**super().get_config(), **plain}


def _floats(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    y_pred = tf.convert_to_tensor(y_pred)
    return tf.cast(y_true, y_pred.dtype.base_dtype), y_pred


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of (y_pred - y_true)² along the last axis."""
    y_true, y_pred = _floats(y_true, y_pred)
    return tf.reduce_mean(tf.squared_difference(y_pred, y_true), -1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of |y_pred - y_true| along the last axis."""
    y_true, y_pred = _floats(y_true, y_pred)
    return tf.reduce_mean(tf.abs(y_pred - y_true), -1)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """100 times the mean of |y_pred - y_true| / |y_true|."""
    y_true, y_pred = _floats(y_true, y_pred)
    share = tf.abs((y_true - y_pred) / tf.maximum(tf.abs(y_true), K.epsilon()))
    return 100.0 * tf.reduce_mean(share, -1)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of (log(y_pred + 1) - log(y_true + 1))²."""
    y_true, y_pred = _floats(y_true, y_pred)
    first = tf.log(tf.maximum(y_pred, K.epsilon()) + 1.0)
    second = tf.log(tf.maximum(y_true, K.epsilon()) + 1.0)
    return tf.reduce_mean(tf.squared_difference(first, second), -1)


def _signs(y_true: Any) -> Any:
    """Labels of 0 and 1 as -1 and 1; other labels as they are."""
    zeros, ones = tf.equal(y_true, 0), tf.equal(y_true, 1)
    binary = tf.reduce_all(tf.logical_or(zeros, ones))
    return tf.cond(binary, lambda: 2.0 * y_true - 1.0, lambda: tf.identity(y_true))


def hinge(y_true: Any, y_pred: Any) -> Any:
    """The mean of max(1 - y_true * y_pred, 0), for labels -1 and 1 (or 0 and 1)."""
    y_true, y_pred = _floats(y_true, y_pred)
    return tf.reduce_mean(tf.maximum(1.0 - _signs(y_true) * y_pred, 0.0), -1)


def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """The mean of max(1 - y_true * y_pred, 0)²."""
    y_true, y_pred = _floats(y_true, y_pred)
    return tf.reduce_mean(tf.square(tf.maximum(1.0 - _signs(y_true) * y_pred, 0.0)), -1)


def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """max(the largest wrong score - the right score + 1, 0)."""
    y_true, y_pred = _floats(y_true, y_pred)
    right = tf.reduce_sum(y_true * y_pred, -1)
    wrong = tf.reduce_max((1.0 - y_true) * y_pred, -1)
    return tf.maximum(0.0, wrong - right + 1.0)


def huber_loss(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Half the squared error up to `delta`, linear beyond, for each element."""
    y_true, y_pred = _floats(y_true, y_pred)
    size = tf.abs(y_pred - y_true)
    near = tf.minimum(size, tf.cast(delta, size.dtype))
    return 0.5 * near * near + delta * (size - near)


def logcosh(y_true: Any, y_pred: Any) -> Any:
    """The mean of log(cosh(y_pred - y_true))."""
    y_true, y_pred = _floats(y_true, y_pred)
    x = y_pred - y_true
    return tf.reduce_mean(x + tf.math.softplus(-2.0 * x) - tf.cast(0.6931471805599453, x.dtype), -1)


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: Any = 0
) -> Any:
    """The cross entropy of probabilities (or logits) with one-hot labels."""
    y_true, y_pred = _floats(y_true, y_pred)
    if isinstance(label_smoothing, (tf.Tensor, tf.Variable)) or label_smoothing:
        classes = tf.cast(tf.shape(y_true)[1], y_pred.dtype)
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / classes
    return K.categorical_crossentropy(y_true, y_pred, from_logits=from_logits)


def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """The cross entropy of probabilities (or logits) with class numbers."""
    return K.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: Any = 0
) -> Any:
    """The mean cross entropy of probabilities (or logits) with labels 0 and 1."""
    y_true, y_pred = _floats(y_true, y_pred)
    if isinstance(label_smoothing, (tf.Tensor, tf.Variable)) or label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    return tf.reduce_mean(K.binary_crossentropy(y_true, y_pred, from_logits=from_logits), -1)


def kullback_leibler_divergence(y_true: Any, y_pred: Any) -> Any:
    """The sum of y_true * log(y_true / y_pred)."""
    y_true, y_pred = _floats(y_true, y_pred)
    y_true, y_pred = K.clip(y_true, K.epsilon(), 1), K.clip(y_pred, K.epsilon(), 1)
    return tf.reduce_sum(y_true * tf.log(y_true / y_pred), -1)


def poisson(y_true: Any, y_pred: Any) -> Any:
    """The mean of y_pred - y_true * log(y_pred)."""
    y_true, y_pred = _floats(y_true, y_pred)
    return tf.reduce_mean(y_pred - y_true * tf.log(y_pred + K.epsilon()), -1)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """The cosine of the angle between both, negative."""
    y_true, y_pred = tf.convert_to_tensor(y_true), tf.convert_to_tensor(y_pred)
    y_true = tf.nn.l2_normalize(y_true, axis=axis)
    y_pred = tf.nn.l2_normalize(y_pred, axis=axis)
    return -tf.reduce_sum(y_true * y_pred, axis)


cosine_proximity = cosine_similarity
_KEEP_RANKS = (sparse_categorical_crossentropy,)


def _loss_class(class_name: str, function: Any, default_name: str, doc: str, **own: Any) -> Any:
    """A loss class around a function; `own` are arguments of the function with their defaults."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        names = [*own, "reduction", "name"]
        if len(args) > len(names) or set(kwargs) - set(names):
            raise TypeError(f"{class_name}() got unexpected arguments; it takes {names}")
        given = {**own, "reduction": Reduction.AUTO, "name": default_name,
                 **dict(zip(names, args, strict=False)), **kwargs}  # fmt: skip
        LossFunctionWrapper.__init__(self, function, **given)
        for key in own:
            setattr(self, key, given[key])

    return type(class_name, (LossFunctionWrapper,), {
        "__init__": __init__, "__doc__": doc, "__module__": __name__})  # fmt: skip


MeanSquaredError = _loss_class("MeanSquaredError", mean_squared_error, "mean_squared_error",
                               "See `mean_squared_error`.")  # fmt: skip
MeanAbsoluteError = _loss_class("MeanAbsoluteError", mean_absolute_error, "mean_absolute_error",
                                "See `mean_absolute_error`.")  # fmt: skip
MeanAbsolutePercentageError = _loss_class(
    "MeanAbsolutePercentageError", mean_absolute_percentage_error,
    "mean_absolute_percentage_error", "See `mean_absolute_percentage_error`.")  # fmt: skip
MeanSquaredLogarithmicError = _loss_class(
    "MeanSquaredLogarithmicError", mean_squared_logarithmic_error,
    "mean_squared_logarithmic_error", "See `mean_squared_logarithmic_error`.")  # fmt: skip
BinaryCrossentropy = _loss_class(
    "BinaryCrossentropy", binary_crossentropy, "binary_crossentropy", "See `binary_crossentropy`.",
    from_logits=False, label_smoothing=0)  # fmt: skip
CategoricalCrossentropy = _loss_class(
    "CategoricalCrossentropy", categorical_crossentropy, "categorical_crossentropy",
    "See `categorical_crossentropy`.", from_logits=False, label_smoothing=0)  # fmt: skip
SparseCategoricalCrossentropy = _loss_class(
    "SparseCategoricalCrossentropy", sparse_categorical_crossentropy,
    "sparse_categorical_crossentropy", "See `sparse_categorical_crossentropy`.",
    from_logits=False)  # fmt: skip
Hinge = _loss_class("Hinge", hinge, "hinge", "See `hinge`.")
SquaredHinge = _loss_class("SquaredHinge", squared_hinge, "squared_hinge", "See `squared_hinge`.")
CategoricalHinge = _loss_class("CategoricalHinge", categorical_hinge, "categorical_hinge",
                               "See `categorical_hinge`.")  # fmt: skip
Poisson = _loss_class("Poisson", poisson, "poisson", "See `poisson`.")
LogCosh = _loss_class("LogCosh", logcosh, "logcosh", "See `logcosh`.")
KLDivergence = _loss_class("KLDivergence", kullback_leibler_divergence,
                           "kullback_leibler_divergence", "The relative entropy.")  # fmt: skip
Huber = _loss_class("Huber", huber_loss, "huber_loss", "See `huber_loss`.", delta=1.0)
CosineSimilarity = _loss_class("CosineSimilarity", cosine_similarity, "cosine_similarity",
                               "See `cosine_similarity`.", axis=-1)  # fmt: skip

mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence


def is_categorical_crossentropy(loss: Any) -> bool:
    """Whether a loss is a cross entropy with one-hot labels, by name, class or function."""
    return (
        isinstance(loss, CategoricalCrossentropy)
        or (isinstance(loss, LossFunctionWrapper) and loss.fn is categorical_crossentropy)
        or getattr(loss, "__name__", None) == "categorical_crossentropy"
        or loss == "categorical_crossentropy"
    )


def serialize(loss: Any) -> Any:
    """The name or configuration of a loss."""
    return serialize_keras_object(loss)


def deserialize(name: Any, custom_objects: Any = None) -> Any:
    """The loss of a name or configuration."""
    return deserialize_keras_object(name, globals(), custom_objects, "loss function")


def get(identifier: Any) -> Any:
    """The loss of a name, configuration, function or object; None stays None.

    Raises:
      ValueError: nobody knows it.
    """
    if identifier is None:
        return None
    if isinstance(identifier, (str, dict)):
        return deserialize(identifier if isinstance(identifier, dict) else str(identifier))
    if callable(identifier):
        return identifier
    raise ValueError("Could not interpret loss function identifier:", identifier)
