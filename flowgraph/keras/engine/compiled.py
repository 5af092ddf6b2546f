"""What `compile` makes: for each output a target, a loss and metrics, and the total loss."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras import losses as keras_losses
from flowgraph.keras import metrics as keras_metrics
from flowgraph.keras.engine.base_layer import takes
from flowgraph.keras.engine.standardize import for_outputs
from flowgraph.platform import logging

_CLASS_LABELS = ("sparse_categorical_crossentropy", "sparse_softmax_cross_entropy")


class Endpoint:
    """One output of a compiled model."""

    def __init__(self, output: Any, name: str, loss: Any, weight: float, mode: Any) -> None:
        self.output, self.name, self.loss_weight, self.mode = output, name, weight, mode
        self.loss_fn = loss_object(loss)
        self.target: Any = None
        self.sample_weight: Any = None
        self.metrics: list[Any] = []
        self.weighted_metrics: list[Any] = []
        self.loss_metric: Any = None

    @property
    def output_shape(self) -> Any:
        """The static shape of the output."""
        return K.int_shape(self.output)

    @property
    def mask(self) -> Any:
        """The mask of the output, or None."""
        return getattr(self.output, "_keras_mask", None)

    @property
    def sparse_labels(self) -> bool:
        """Whether the loss takes class numbers."""
        return getattr(getattr(self.loss_fn, "fn", self.loss_fn), "__name__", "") in _CLASS_LABELS

    def make_target(self, given: Any) -> None:
        """Makes a placeholder for the targets, unless a tensor is given."""
        if self.loss_fn is None:
            return
        if given is not None:
            self.target = tf.convert_to_tensor(given)
            self.fed = K.is_placeholder(self.target)
            return
        self.fed = True
        dtype = "int32" if self.sparse_labels else K.dtype(self.output)
        rank = self.output.shape.ndims
        self.target = K.placeholder(
            ndim=rank, name=self.name + "_target", sparse=K.is_sparse(self.output), dtype=dtype
        ) if rank else K.placeholder(name=self.name + "_target", dtype=dtype)  # fmt: skip

    def make_sample_weight(self) -> None:
        """Makes a placeholder for weights of examples, 1 where nothing is fed."""
        temporal = self.mode == "temporal"
        one = tf.constant([[1.0]] if temporal else [1.0], dtype=K.floatx())
        self.sample_weight = tf.placeholder_with_default(
            one, shape=[None, None] if temporal else [None], name=self.name + "_sample_weights"
        )

    @property
    def feed_shape(self) -> Any:
        """The shape that targets are checked for, or None where the loss may take any."""
        shape = self.output_shape
        if self.sparse_labels:
            return (*shape[:-1], 1) if K.image_data_format() == "channels_last" else None
        name = getattr(getattr(self.loss_fn, "fn", None), "__name__", None)
        if name is None or not hasattr(keras_losses, name):
            return None
        return shape

    def loss_tensor(self) -> Any:
        """The output's own loss, a scalar."""
        weight = self.sample_weight
        if self.mask is not None:
            mask = tf.cast(self.mask, self.output.dtype)
            if weight is None:
                weight = mask
            else:
                mask, _, weight = keras_losses.squeeze_or_expand(mask, None, weight)
                weight = weight * mask
        with tf.name_scope(self.name + "_loss"):
            if not isinstance(self.loss_fn, keras_losses.Loss):
                return self.loss_fn(self.target, self.output, sample_weight=weight)
            losses = tf.convert_to_tensor(self.loss_fn.call(self.target, self.output))
            loss = keras_losses.weighted(losses, weight)
            reduction = self.loss_fn._reduction()
            if reduction == keras_losses.Reduction.NONE:
                reduction = keras_losses.Reduction.SUM_OVER_BATCH_SIZE
            return keras_losses.reduced(loss, reduction)


def loss_object(loss: Any) -> Any:
    """A loss as an object: a name or function is wrapped, an object with `call` stays."""
    loss = keras_losses.get(loss)
    if loss is None or isinstance(loss, keras_losses.Loss):
        return loss
    if isinstance(loss, type) and issubclass(loss, keras_losses.Loss):
        return loss()
    if hasattr(loss, "call") or (
        takes(loss, "sample_weight") and not hasattr(loss, "__code__")
    ):  # fmt: skip
        return loss
    name = getattr(loss, "__name__", type(loss).__name__)
    return keras_losses.LossFunctionWrapper(loss, name=name)


# --- metrics --------------------------------------------------------------------------------------
def metric_name(metric: Any, weighted: bool) -> str:
    """How a metric is called in logs."""
    prefix = "weighted_" if weighted else ""
    if metric in ("accuracy", "acc"):
        return prefix + "acc"
    if metric in ("crossentropy", "ce"):
        return prefix + "ce"
    found = keras_metrics.get(metric)
    return prefix + (
        getattr(found, "name", None) or getattr(found, "__name__", type(found).__name__)
    )


def metric_function(metric: Any, endpoint: Endpoint) -> Any:
    """What computes a metric; "accuracy" and "crossentropy" by the output's shape and loss."""
    if metric not in ("accuracy", "acc", "crossentropy", "ce"):
        return keras_metrics.get(metric)
    kind = "accuracy" if metric in ("accuracy", "acc") else "crossentropy"
    shape, fn = endpoint.output_shape, getattr(endpoint.loss_fn, "fn", endpoint.loss_fn)
    if (shape and shape[-1] == 1) or fn is keras_losses.binary_crossentropy:
        return getattr(keras_metrics, f"binary_{kind}")
    if endpoint.sparse_labels:
        return getattr(keras_metrics, f"sparse_categorical_{kind}")
    return getattr(keras_metrics, f"categorical_{kind}")


def _metric_object(metric: Any, endpoint: Endpoint, weighted: bool) -> Any:
    if isinstance(metric, keras_metrics.Metric):
        return metric
    name = metric_name(metric, weighted)
    found = metric_function(metric, endpoint)
    if isinstance(found, type):
        found = found()
    if isinstance(found, keras_metrics.Metric):
        return found
    return keras_metrics.MeanMetricWrapper(found, name=name)


def per_output(metrics: Any, names: list[str]) -> list[list[Any]]:
    """The metrics of each output.

    Raises:
      TypeError: they are neither in a list nor in a dict.
      ValueError: a dict names an output that there is not.
    """
    if not metrics:
        return [[] for _ in names]
    if isinstance(metrics, dict):
        unknown = set(metrics) - set(names)
        if unknown:
            raise ValueError(
                f"Unknown entries in metrics dictionary: {sorted(unknown)}. Only expected "
                f"following keys: {names}"
            )
        found = [metrics.get(name, []) for name in names]
    elif isinstance(metrics, (list, tuple)):
        nested = any(isinstance(m, (list, tuple)) for m in metrics)
        if nested:
            if len(metrics) != len(names):
                raise ValueError(
                    "When passing a list of lists as `metrics`, it should have one entry per model "
                    f"output. The model has {len(names)} outputs, but you passed metrics={metrics}"
                )
            found = list(metrics)
        else:
            found = [[_own_copy(m, i) for m in metrics] for i in range(len(names))]
    else:
        raise TypeError(
            "Type of `metrics` argument not understood. Expected a list or dictionary, found: "
            f"{metrics}"
        )
    return [m if isinstance(m, list) else list(m) if isinstance(m, tuple) else [m] for m in found]


def _own_copy(metric: Any, output: int) -> Any:
    """A metric object for the first output, one like it for each other."""
    if output and isinstance(metric, keras_metrics.Metric):
        return type(metric).from_config(metric.get_config())
    return metric


class Compiled:
    """Endpoints and the total loss of a model; see `Model.compile` for the arguments."""

    def __init__(self, model: Any, settings: dict[str, Any], weigh: set[str]) -> None:
        self.model = model
        names = model.output_names
        losses = _losses(settings["loss"], names)
        weights = _loss_weights(settings["loss_weights"], names)
        modes = settings["sample_weight_mode"]
        modes = [modes] * len(names) if modes is None or isinstance(modes, str) else (
            for_outputs(modes, names, "sample_weight_mode"))  # fmt: skip
        targets = _targets(settings["target_tensors"], names)
        self.endpoints = [
            Endpoint(*item)
            for item in zip(
                model.outputs, names, losses, [1.0 if w is None else w for w in weights], modes,
                strict=True,
            )
        ]  # fmt: skip
        for endpoint, target in zip(self.endpoints, targets, strict=True):
            endpoint.make_target(target)
            if endpoint.loss_fn is not None and (endpoint.name in weigh or endpoint.mode):
                endpoint.make_sample_weight()
        self._settings = settings
        self.metric_results: list[tuple[Any, Any]] = []
        self._make_metrics()
        self.total_loss = self._total_loss()

    @property
    def trained(self) -> list[Endpoint]:
        """The endpoints that have a loss."""
        return [e for e in self.endpoints if e.loss_fn is not None]

    @property
    def fed(self) -> list[Endpoint]:
        """The endpoints whose targets are fed."""
        return [e for e in self.trained if e.fed]

    def _make_metrics(self) -> None:
        names = [e.name for e in self.endpoints]
        plain = per_output(self._settings["metrics"], names)
        weighted = per_output(self._settings["weighted_metrics"], names)
        made = self._settings.setdefault("_objects", {})
        taken = {"loss", *(m.name for m, _ in self.metric_results)}
        for index, endpoint in enumerate(self.endpoints):
            if endpoint.loss_fn is None:
                continue
            for group, kept, weigh in (
                (plain[index], endpoint.metrics, False),
                (weighted[index], endpoint.weighted_metrics, True),
            ):
                for place, metric in enumerate(group):
                    key = (index, weigh, place)
                    if key not in made:
                        made[key] = _metric_object(metric, endpoint, weigh)
                    if not hasattr(made[key], "_plain_name"):
                        made[key]._plain_name = metric_name(metric, weigh)
                    made[key]._name = self._unique(made[key]._plain_name, endpoint, taken)
                    kept.append(made[key])

    def _unique(self, name: str, endpoint: Endpoint, taken: set[str]) -> str:
        """A metric's name, with its output's where there are several, and numbered if need be."""
        base = name = name if len(self.endpoints) == 1 else f"{endpoint.name}_{name}"
        number = 1
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name)
        return name

    def _total_loss(self) -> Any:
        total = None
        with tf.name_scope("loss"):
            for endpoint in self.trained:
                loss = endpoint.loss_tensor()
                if len(self.endpoints) > 1:
                    self._loss_metric(endpoint, loss)
                part = loss if endpoint.loss_weight == 1.0 else endpoint.loss_weight * loss
                total = part if total is None else total + part
            extra = self.model.get_losses_for(None) + self.model.get_losses_for(self.model.inputs)
            extra = list({id(x): x for x in extra}.values())
            if extra:
                dtype = extra[0].dtype if total is None else total.dtype
                joined = tf.add_n([tf.cast(x, dtype) for x in extra])
                total = joined if total is None else total + joined
        if total is None:
            raise ValueError("The model cannot be compiled because it has no loss to optimize.")
        return total

    def _loss_metric(self, endpoint: Endpoint, loss: Any) -> None:
        made, key = self._settings.setdefault("_objects", {}), ("loss", endpoint.name)
        if key not in made:
            made[key] = keras_metrics.Mean(name=endpoint.name + "_loss")
        endpoint.loss_metric = made[key]
        self.metric_results.append((made[key], made[key](loss)))

    def compute_metrics(self) -> None:
        """Adds the metrics' operations."""
        with tf.name_scope("metrics"):
            for endpoint in self.trained:
                for metric in endpoint.metrics:
                    self._call_metric(metric, endpoint, None)
                for metric in endpoint.weighted_metrics:
                    self._call_metric(metric, endpoint, endpoint.sample_weight)
        tensors = self.model._metric_tensors()
        for metric in self.model._layer_metrics():
            known = any(m is metric for m, _ in self.metric_results)
            if metric.name in tensors and not known:
                self.metric_results.append((metric, tensors[metric.name]))

    def _call_metric(self, metric: Any, endpoint: Endpoint, weights: Any) -> None:
        mask = endpoint.mask
        if mask is not None:
            mask = tf.cast(mask, endpoint.output.dtype)
            if weights is None:
                weights = mask
            else:
                mask, _, weights = keras_losses.squeeze_or_expand(mask, None, weights)
                weights = weights * mask
        with tf.name_scope(metric.name):
            given = {} if weights is None else {"sample_weight": weights}
            result = metric(endpoint.target, endpoint.output, **given)
        self.metric_results.append((metric, result))

    @property
    def metric_names(self) -> list[str]:
        """ "loss", and behind it the names of the other reported values."""
        return ["loss", *(m.name for m, _ in self.metric_results)]


def _loss_weights(weights: Any, names: list[str]) -> list[Any]:
    if isinstance(weights, dict):
        unknown = set(weights) - set(names)
        if unknown:
            raise ValueError(
                f"Unknown entries in loss_weights dictionary: {sorted(unknown)}. Only expected "
                f"following keys: {names}"
            )
        return [weights.get(name) for name in names]
    if isinstance(weights, (list, tuple)) and len(weights) != len(names):
        raise ValueError(
            "When passing a list as loss_weights, it should have one entry per model output. The "
            f"model has {len(names)} outputs, but you passed loss_weights={weights}"
        )
    return for_outputs(weights, names, "loss_weights")


def _losses(loss: Any, names: list[str]) -> list[Any]:
    if isinstance(loss, dict):
        for name in names:
            if name not in loss:
                logging.warning(
                    f"Output {name} missing from loss dictionary. We assume this was done on "
                    "purpose. The fit and evaluate APIs will not be expecting any data to be "
                    f"passed to {name}."
                )
        unknown = set(loss) - set(names)
        if unknown:
            raise ValueError(
                f"Unknown entries in loss dictionary: {sorted(unknown)}. Only expected following "
                f"keys: {names}"
            )
        return [loss.get(name) for name in names]
    if isinstance(loss, (list, tuple)):
        if len(loss) != len(names):
            raise ValueError(
                "When passing a list as loss, it should have one entry per model outputs. The "
                f"model has {len(names)} outputs, but you passed loss={loss}"
            )
        return list(loss)
    return [loss] * len(names)


def _targets(given: Any, names: list[str]) -> list[Any]:
    if given is None:
        return [None] * len(names)
    if isinstance(given, dict):
        return [given.get(name) for name in names]
    given = list(given) if isinstance(given, (list, tuple)) else [given]
    if len(given) != len(names):
        raise ValueError(
            "When passing a list as `target_tensors`, it should have one entry per model output. "
            f"The model has {len(names)} outputs, but you passed target_tensors={given}"
        )
    return given
