"""`Model`: a network that can be trained."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.keras import backend as K
from flowgraph.keras import optimizers
from flowgraph.keras.engine import feeding, loop, sources
from flowgraph.keras.engine.compiled import Compiled
from flowgraph.keras.engine.generators import GeneratorMethods
from flowgraph.keras.engine.network import Network
from flowgraph.keras.engine.standardize import check_lengths, is_symbolic
from flowgraph.ops.control import nest
from flowgraph.platform import logging

_PHASES = {"train": 1, "test": 0, "predict": 0}


class Model(GeneratorMethods, Network):
    """Layers from inputs to outputs that can be trained (tf.keras.Model).

    Either `Model(inputs, outputs)` with tensors that layers gave, or a subclass that makes its
    layers in the constructor and joins them in `call(inputs)`.

    Args:
      inputs: a tensor of `Input`, or a list or dict of them.
      outputs: likewise, of layers' outputs.
      name: "model", ... when None.
      trainable: whether its variables are trained.
    """

    optimizer: Any = None
    history: Any = None
    stop_training = False
    _compiled: Compiled | None = None
    _settings: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._weigh: set[str] = set()
        self._functions: dict[str, Any] = {}

    def _after_call(self, inputs: Any, outputs: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        outputs = super()._after_call(inputs, outputs, args, kwargs)
        if self.inputs or self._is_graph_network:
            return outputs
        self._load_waiting_weights()
        flat = nest.flatten(inputs)
        if all(isinstance(t, tf.Tensor) and feeding.is_fed(t) for t in flat):
            self._nested_inputs, self._nested_outputs = inputs, outputs
            self.inputs, self.outputs = flat, nest.flatten(outputs)
            self.input_names = sorted(inputs) if isinstance(inputs, dict) else [
                f"input_{i + 1}" for i in range(len(flat))]  # fmt: skip
            self.output_names = [f"output_{i + 1}" for i in range(len(self.outputs))]
        return outputs

    def _load_waiting_weights(self) -> None:
        """Sets the variables from the checkpoint that was loaded before they were there."""
        waiting = self.__dict__.pop("_weights_to_load", None)
        if waiting is not None:
            self.load_weights(waiting)

    def compile(
        self, optimizer: Any = "rmsprop", loss: Any = None, metrics: Any = None,
        loss_weights: Any = None, sample_weight_mode: Any = None, weighted_metrics: Any = None,
        target_tensors: Any = None, distribute: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        """Settles how to train.

        Args:
          optimizer: a name, an optimizer of tf.keras or of tf.train.
          loss: a name, function or object; a list or dict for several outputs.
          metrics: names, functions or objects, in a list; for several outputs a dict or lists.
          loss_weights: what each output's loss is multiplied by in the total.
          sample_weight_mode: "temporal" for a weight at each time step.
          weighted_metrics: metrics that heed the weights of examples and classes.
          target_tensors: tensors in place of fed targets.
          distribute: accepted.
          **kwargs: `options` and `run_metadata` for each run; `run_eagerly` is accepted when False.

        Raises:
          ValueError: an argument does not fit the model.
        """
        if kwargs.pop("run_eagerly", False):
            raise ValueError("compile: run_eagerly=True is not possible, models run as graphs.")
        for accepted in ("experimental_run_tf_function", "cloning"):
            kwargs.pop(accepted, None)
        self._run_arguments = {
            k: kwargs.pop(k) for k in ("options", "run_metadata", "feed_dict", "fetches")
            if k in kwargs
        }  # fmt: skip
        if kwargs:
            raise TypeError(f"Invalid keyword argument(s) in `compile`: {sorted(kwargs)}")
        self.optimizer = optimizers.get(optimizer)
        self.loss = loss if loss is not None else []
        self.loss_weights, self.sample_weight_mode = loss_weights, sample_weight_mode
        self._settings = {
            "loss": loss, "metrics": metrics, "loss_weights": loss_weights,
            "sample_weight_mode": sample_weight_mode, "weighted_metrics": weighted_metrics,
            "target_tensors": target_tensors,
        }  # fmt: skip
        self._compiled, self._weigh = None, set()
        self._functions = {}
        if self.inputs:
            self._finish_compile()

    def _finish_compile(self) -> None:
        """Makes losses and metrics, as soon as there are inputs and outputs."""
        with self.outputs[0].graph.as_default():
            self._compiled = Compiled(self, self._settings, self._weigh)
            self._compiled.compute_metrics()
        self._functions = {}
        self._trained = list(self.trainable_weights)
        self._trainable_then = [(layer, layer.trainable) for layer in _all_layers(self)]

    def _assert_compiled(self) -> Compiled:
        if self._settings is None:
            raise RuntimeError(
                "You must compile your model before training/testing. Use `model.compile(optimizer,"
                " loss)`."
            )
        if self._compiled is None:
            self._finish_compile()
        return self._compiled  # type: ignore[return-value]

    @property
    def total_loss(self) -> Any:
        """The tensor that training makes smaller, or None before `compile`."""
        return None if self._compiled is None else self._compiled.total_loss

    @property
    def targets(self) -> list[Any]:
        """The placeholders of the targets."""
        return [] if self._compiled is None else [e.target for e in self._compiled.trained]

    _targets = targets

    @property
    def sample_weights(self) -> list[Any]:
        """The placeholders of the weights of examples."""
        return [] if self._compiled is None else [e.sample_weight for e in self._compiled.trained]

    @property
    def loss_functions(self) -> list[Any]:
        """The loss of each output."""
        return [] if self._compiled is None else [e.loss_fn for e in self._compiled.endpoints]

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` and `train_on_batch` give: "loss" and the metrics."""
        if self._settings is None:
            raise RuntimeError(
                "The model must be compiled before its metrics have names: use `model.compile`."
            )
        return ["loss"] if self._compiled is None else self._compiled.metric_names

    @property
    def metrics(self) -> list[Any]:
        """The metric objects."""
        compiled = [] if self._compiled is None else [m for m, _ in self._compiled.metric_results]
        names = {id(m) for m in compiled}
        return compiled + [m for m in self._layer_metrics() if id(m) not in names]

    def _layer_metrics(self) -> list[Any]:
        """The metric objects that the model and its layers hold."""
        return list({id(m): m for m in super().metrics}.values())

    def reset_metrics(self) -> None:
        """Sets the metrics back."""
        for metric in self.metrics:
            metric.reset_states()

    @property
    def run_eagerly(self) -> bool:
        """False: models run as graphs."""
        return False

    @run_eagerly.setter
    def run_eagerly(self, value: Any) -> None:
        if value:
            raise ValueError("Model.run_eagerly = True is not possible, models run as graphs.")

    # --- functions -----------------------------------------------------------------------------
    def _function(self, mode: str) -> Any:
        """What runs a batch: K.function over inputs, targets and weights."""
        if mode != loop.PREDICT:
            self._assert_compiled()
            self._warn_of_changes()
        if mode not in self._functions:
            with self.outputs[0].graph.as_default():
                with _as_compiled(self._trainable_then if mode == loop.TRAIN else ()):
                    self._functions[mode] = self._make_function(mode)
        return self._functions[mode]

    def _warn_of_changes(self) -> None:
        if len(self._trained) != len(self.trainable_weights) and not self._warned:
            self._warned = True
            logging.warning(
                "Discrepancy between trainable weights and collected trainable weights, did you "
                "set `model.trainable` without calling `model.compile` after ?"
            )

    _warned = False

    def _feeds(self, mode: str) -> list[Any]:
        feeds = [t for t in self.inputs if feeding.is_fed(t)]
        if mode != loop.PREDICT:
            compiled = self._assert_compiled()
            feeds += [e.target for e in compiled.fed]
            feeds += [e.sample_weight for e in compiled.trained if e.sample_weight is not None]
        return feeds

    def _make_function(self, mode: str) -> Any:
        for weight in self.weights:
            K.track_variable(weight)  # layers of tf.layers do not
        feeds = self._feeds(mode)
        phase = K.symbolic_learning_phase()
        if isinstance(phase, tf.Tensor):
            feeds.append(phase)
        if mode == loop.PREDICT:
            return K.function(
                feeds, self.outputs, updates=self.state_updates, name="predict_function"
            )
        compiled = self._assert_compiled()
        outputs = [compiled.total_loss, *(t for _, t in compiled.metric_results)]
        updates = list(self.state_updates)
        if mode == loop.TRAIN:
            with tf.name_scope("training"):
                updates += self.optimizer.get_updates(compiled.total_loss, self._trained)
            updates += self.get_updates_for(None) + self.get_updates_for(self.inputs)
        updates = list({id(u): u for u in updates}.values())
        return K.function(
            feeds, outputs, updates=updates, name=f"{mode}_function", **self._run_arguments
        )

    _run_arguments: dict[str, Any] = {}

    def _make_train_function(self) -> None:
        self.train_function = self._function(loop.TRAIN)

    def _make_test_function(self) -> None:
        self.test_function = self._function(loop.TEST)

    def _make_predict_function(self) -> None:
        self.predict_function = self._function(loop.PREDICT)

    def _batch_function(self, mode: str) -> Any:
        """A function of a batch (inputs, targets, weights) that gives a list of values."""
        function, phase = self._function(mode), [_PHASES[mode]]
        if not (function.inputs and function.inputs[-1].op.type == "PlaceholderWithDefault"
                and function.inputs[-1].op.name.endswith("keras_learning_phase")):  # fmt: skip
            phase = []
        weighted = mode != loop.PREDICT and [
            e.sample_weight is not None for e in self._assert_compiled().trained
        ]

        def run(batch: Any) -> list[Any]:
            inputs, targets, weights = batch
            fed = [v for t, v in zip(self.inputs, inputs, strict=True) if feeding.is_fed(t)] if (
                inputs) else []  # fmt: skip
            if mode != loop.PREDICT:
                fed += targets
                fed += [w for w, there in zip(weights, weighted, strict=True) if there]
            return function([*fed, *phase])  # type: ignore[no-any-return]

        return run

    # --- data ----------------------------------------------------------------------------------
    def _standardize(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None,
        mode: str = "train", check: bool = True,
    ) -> tuple[list[Any], list[Any], list[Any]]:  # fmt: skip
        """(inputs, targets, weights) as lists of arrays that fit the model."""
        if not self.inputs:
            feeding.set_inputs(self, x)
        inputs = feeding.inputs_of(self, x)
        if mode == loop.PREDICT:
            return inputs, [], []
        compiled = self._assert_compiled()
        if (sample_weight is not None or class_weight) and feeding.note_weights(
            self, sample_weight, class_weight
        ):
            self._finish_compile()
            compiled = self._assert_compiled()
        targets, weights = feeding.targets_of(compiled, y, sample_weight, class_weight, check)
        check_lengths(inputs, targets, weights)
        return inputs, targets, weights

    def _source(
        self, x: Any, y: Any, sample_weight: Any, class_weight: Any, batch_size: Any, steps: Any,
        mode: str, shuffle: Any = False,
    ) -> Any:  # fmt: skip
        """Where batches come from."""
        if sources.is_batched(x):
            if y is not None:
                raise ValueError(
                    f"You passed a dataset, iterator or generator as input: `y` argument is not "
                    f"supported when using {type(x).__name__} as input."
                )

            if sample_weight is not None:
                raise ValueError(
                    "`sample_weight` argument is not supported when input `x` is a dataset, an "
                    "iterator or a generator: give the weights as third elements of its batches."
                )
            if batch_size is not None:
                raise ValueError(
                    "The `batch_size` argument must not be specified for the given input type. "
                    f"Received input: {x}, batch_size: {batch_size}"
                )

            def prepare(*element: Any) -> Any:
                return self._standardize(*element, class_weight, mode, check=not unchecked)

            unchecked = sources.is_dataset(x) or sources.is_graph_iterator(x)
            if not self.inputs:
                x = feeding.peek(self, x)
            if mode != loop.PREDICT:
                x = self._note_weights_of(x, class_weight)
            return sources.Elements(x, steps, prepare, bool(shuffle))
        parts = self._standardize(x, y, sample_weight, class_weight, mode)
        symbolic = any(is_symbolic(v) for part in parts for v in part)
        empty = not any(v is not None for part in parts for v in part)
        if symbolic or empty:
            if steps is None:
                name = "steps_per_epoch" if mode == loop.TRAIN else "steps"
                raise ValueError(
                    f"When using data tensors as input to a model, you should specify the `{name}` "
                    "argument."
                )
            return sources.Tensors(parts, steps)
        if steps is not None:
            return sources.Tensors(parts, steps)
        batch_size = feeding.static_batch_size(self, batch_size)
        return sources.Arrays(parts, int(batch_size or 32), shuffle)

    def _note_weights_of(self, data: Any, class_weight: Any) -> Any:
        """Makes placeholders of weights when batches bring some; gives the data from the start."""
        first, data = feeding.first_element(data)
        self._assert_compiled()
        weighs = isinstance(first, tuple) and len(first) == 3
        if (weighs or class_weight) and feeding.note_weights(
            self, first[2] if weighs else None, class_weight
        ):
            self._finish_compile()
        return data

    # --- training, evaluation, prediction ------------------------------------------------------
    def fit(
        self, x: Any = None, y: Any = None, batch_size: Any = None, epochs: int = 1,
        verbose: int = 1, callbacks: Any = None, validation_split: float = 0.0,
        validation_data: Any = None, shuffle: Any = True, class_weight: Any = None,
        sample_weight: Any = None, initial_epoch: int = 0, steps_per_epoch: Any = None,
        validation_steps: Any = None, validation_freq: Any = 1, max_queue_size: int = 10,
        workers: int = 1, use_multiprocessing: bool = False, **kwargs: Any,
    ) -> Any:  # fmt: skip
        """Trains for some epochs; gives a `History`.

        Args:
          x: an array, a list or dict of arrays, tensors, a tf.data data set or iterator, a
            generator or a `Sequence` of (x, y) or (x, y, weights).
          y: targets, likewise.
          batch_size: 32 by default.
          epochs: the number of the last epoch.
          verbose: 0 silent, 1 a progress bar, 2 one line an epoch.
          callbacks: a list of `Callback`.
          validation_split: the share of the examples, the last ones, to validate on.
          validation_data: (x, y), (x, y, weights), or a data set, iterator or generator.
          shuffle: whether batches are drawn anew each epoch; "batch" keeps batches together.
          class_weight: {class: weight}.
          sample_weight: a weight for each example.
          initial_epoch: the number of the first epoch.
          steps_per_epoch: the number of batches in an epoch.
          validation_steps: likewise, for validation.
          validation_freq: after how many epochs to validate, or a list of epochs.
          max_queue_size, workers, use_multiprocessing: accepted.
          **kwargs: `nb_epoch`, the old name of `epochs`.

        Raises:
          RuntimeError: the model is not compiled.
          ValueError: the data does not fit the model.
        """
        epochs = kwargs.pop("nb_epoch", epochs)
        if kwargs:
            raise TypeError("Unrecognized keyword arguments: " + str(kwargs))
        if self._settings is None:
            self._assert_compiled()
        if validation_split and validation_data is None:
            x, y, sample_weight, validation_data = feeding.split_validation(
                self, x, y, sample_weight, validation_split
            )
        source = self._source(
            x, y, sample_weight, class_weight, batch_size, steps_per_epoch, loop.TRAIN, shuffle
        )
        validation = self._validation(
            validation_data,
            None if sources.is_batched(validation_data) else batch_size,
            validation_steps,
        )
        self._validation_source = validation
        return loop.fit(
            self, source, validation, epochs, initial_epoch, callbacks, verbose, validation_freq
        )

    def _validation(self, data: Any, batch_size: Any, steps: Any) -> Any:
        if data is None:
            return None
        if sources.is_batched(data):
            return self._source(data, None, None, None, batch_size, steps, loop.TEST)
        if not isinstance(data, (list, tuple)) or len(data) not in (2, 3):
            raise ValueError(
                "When passing a `validation_data` argument, it must contain either 2 items (x_val, "
                "y_val), or 3 items (x_val, y_val, val_sample_weights), or alternatively it could "
                f"be a dataset or a dataset or a dataset iterator. However we received "
                f"`validation_data={str(data)[:100]}`"
            )
        x, y, weights = (*data, None)[:3]
        # TF 1.15 draws the order of validation, too: learning curves from one seed depend on it.
        return self._source(x, y, weights, None, batch_size, steps, loop.TEST, shuffle=True)

    def evaluate(
        self, x: Any = None, y: Any = None, batch_size: Any = None, verbose: int = 1,
        sample_weight: Any = None, steps: Any = None, callbacks: Any = None,
        max_queue_size: int = 10, workers: int = 1, use_multiprocessing: bool = False,
    ) -> Any:  # fmt: skip
        """The loss, or [loss, *metrics], over some data; see `fit` for the arguments."""
        if self._settings is None:
            self._assert_compiled()
        source = self._source(x, y, sample_weight, None, batch_size, steps, loop.TEST)
        results = loop.evaluate(self, source, callbacks, verbose)
        return results[0] if len(results) == 1 else results

    def predict(
        self, x: Any, batch_size: Any = None, verbose: int = 0, steps: Any = None,
        callbacks: Any = None, max_queue_size: int = 10, workers: int = 1,
        use_multiprocessing: bool = False,
    ) -> Any:  # fmt: skip
        """The outputs for some data; see `fit` for the arguments."""
        source = self._source(x, None, None, None, batch_size, steps, loop.PREDICT)
        return loop.predict(self, source, callbacks, verbose)

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None,
        reset_metrics: bool = True,
    ) -> Any:  # fmt: skip
        """One step on a batch; gives the loss, or [loss, *metrics]."""
        return self._on_batch(loop.TRAIN, x, y, sample_weight, class_weight, reset_metrics)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, reset_metrics: bool = True
    ) -> Any:
        """The loss, or [loss, *metrics], of a batch."""
        return self._on_batch(loop.TEST, x, y, sample_weight, None, reset_metrics)

    def _on_batch(
        self, mode: str, x: Any, y: Any, sample_weight: Any, class_weight: Any, reset: bool
    ) -> Any:
        if self._settings is None:
            self._assert_compiled()
        if sources.is_batched(x):
            source = self._source(x, y, sample_weight, class_weight, None, 1, mode)
            batch = next(source.epoch())[0]
        else:
            batch = self._standardize(x, y, sample_weight, class_weight, mode)
        outputs = self._batch_function(mode)(batch)
        if reset:
            self.reset_metrics()
        return outputs[0] if len(outputs) == 1 else outputs

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for a batch."""
        outputs = self._batch_function(loop.PREDICT)(self._standardize(x, mode=loop.PREDICT))
        return outputs[0] if len(outputs) == 1 else outputs


def _all_layers(layer: Any) -> list[Any]:
    """A layer and all layers inside it."""
    return [layer, *(one for part in layer._inner_layers() for one in _all_layers(part))]


@contextmanager
def _as_compiled(states: Any) -> Iterator[None]:
    """Sets `trainable` of layers as it was when the model was compiled."""
    now = [(layer, layer._trainable) for layer, _ in states]
    for layer, trainable in states:
        layer._trainable = trainable
    try:
        yield
    finally:
        for layer, trainable in now:
            layer._trainable = trainable
