"""`Estimator`: a model function that is trained, evaluated, asked and exported."""

from __future__ import annotations

import copy
import os
import tempfile
from collections.abc import Iterator
from typing import Any

import flowgraph as tf
from flowgraph.estimator import results, saving, warm_start
from flowgraph.estimator.functions import (
    arguments_of,
    check_model_fn,
    checked_hooks,
    checked_listeners,
    input_parts,
)
from flowgraph.estimator.modes import ModeKeys
from flowgraph.estimator.predicting import batch_length, chosen, ends, runs, step_of
from flowgraph.estimator.run_config import RunConfig, TaskType
from flowgraph.estimator.spec import LOSS_METRIC_KEY, EstimatorSpec
from flowgraph.platform import logging
from flowgraph.train import evaluation


class Estimator:
    """Trains and evaluates the model that a function builds (tf.estimator.Estimator).

    The model is built anew, in a graph of its own, for each training, evaluation and prediction;
    between them it lives in checkpoints of `model_dir`.

    Args:
      model_fn: a function of `features` and of any of `labels`, `mode`, `params`, `config`, which
        gives an `EstimatorSpec`.
      model_dir: the directory of checkpoints and summaries; a temporary one when None.
      config: a `RunConfig`.
      params: what `model_fn` gets as `params`.
      warm_start_from: a checkpoint, a SavedModel or `WarmStartSettings`, whose values the
        variables start from.

    Raises:
      ValueError: the function has other arguments, there are two directories, or a subclass
        replaces methods.
    """

    _may_be_overridden = frozenset(
        {"model_fn", "_create_and_assert_global_step", "_export_all_saved_models",
         "_may_be_overridden"}
    )  # fmt: skip

    def __init__(
        self, model_fn: Any, model_dir: Any = None, config: Any = None, params: Any = None,
        warm_start_from: Any = None,
    ) -> None:  # fmt: skip
        _check_not_overridden(self)
        self._config = completed(config, model_dir)
        self._model_dir = self._config.model_dir
        self._session_config = self._config.session_config
        logging.info("Using config: %s", vars(self._config))
        self._device_fn = self._config.device_fn
        if model_fn is None:
            raise ValueError("model_fn must be provided to Estimator.")
        check_model_fn(model_fn, params)
        self._model_fn = model_fn
        self._params = copy.deepcopy(params if params is not None else {})
        self._warm_start_settings = warm_start.settings_of(warm_start_from)

    @property
    def model_dir(self) -> str:
        """The directory of checkpoints and summaries."""
        return self._model_dir

    @property
    def config(self) -> RunConfig:
        """A copy of how it runs."""
        return copy.deepcopy(self._config)

    @property
    def params(self) -> Any:
        """A copy of what the model function gets as `params`."""
        return copy.deepcopy(self._params)

    @property
    def model_fn(self) -> Any:
        """The model function, with `params` filled in."""

        def public_model_fn(features: Any, labels: Any, mode: Any, config: Any) -> Any:
            return self._call_model_fn(features, labels, mode, config)

        return public_model_fn

    # --- what is in the checkpoint ----------------------------------------------------------------
    def latest_checkpoint(self) -> str | None:
        """The newest checkpoint; None where there is none."""
        return tf.train.latest_checkpoint(self._model_dir)

    def get_variable_value(self, name: str) -> Any:
        """The value of a variable in the newest checkpoint; ValueError without a checkpoint."""
        self._check_trained()
        return tf.train.load_variable(self._model_dir, name)

    def get_variable_names(self) -> list[str]:
        """The names of all variables in the newest checkpoint; ValueError without one."""
        self._check_trained()
        return [name for name, _ in tf.train.list_variables(self._model_dir)]

    def _check_trained(self) -> None:
        if not self.latest_checkpoint():
            raise ValueError(f"Could not find trained model in model_dir: {self._model_dir}.")

    # --- training ---------------------------------------------------------------------------------
    def train(
        self, input_fn: Any, hooks: Any = None, steps: int | None = None,
        max_steps: int | None = None, saving_listeners: Any = None,
    ) -> Estimator:  # fmt: skip
        """Trains the model, going on from the newest checkpoint.

        Args:
          input_fn: a function that gives (features, labels), or a `tf.data.Dataset` of them.
          hooks: `SessionRunHook`s.
          steps: how many steps more; until the input's end when None.
          max_steps: up to which global step, instead.
          saving_listeners: `CheckpointSaverListener`s.

        Returns:
          The Estimator.

        Raises:
          ValueError: both or no positive numbers of steps are given, or the task is another.
        """
        if self._config.task_type in (TaskType.EVALUATOR, TaskType.PS):
            raise ValueError(
                "Train has been called wrong configuration. Please use "
                "tf.estimator.train_and_evaluate which calls proper API according to given "
                f"configuration. Current configuration: {self._config}."
            )
        if steps is not None and max_steps is not None:
            raise ValueError("Can not provide both steps and max_steps.")
        for name, count in (("steps", steps), ("max_steps", max_steps)):
            if count is not None and count <= 0:
                raise ValueError(f"Must specify {name} > 0, given: {count}")
        if max_steps is not None and max_steps <= step_of(self._model_dir):
            logging.info("Skipping training since max_steps has already saved.")
            return self
        hooks = checked_hooks(hooks)
        if steps is not None or max_steps is not None:
            hooks.append(tf.train.StopAtStepHook(steps, max_steps))
        loss = self._train_model(input_fn, hooks, checked_listeners(saving_listeners))
        logging.info("Loss for final step: %s.", loss)
        return self

    def _train_model(self, input_fn: Any, hooks: list[Any], listeners: list[Any]) -> Any:
        with tf.Graph().as_default() as graph, graph.device(self._device_fn):
            tf.set_random_seed(self._config.tf_random_seed)
            self._create_and_assert_global_step(graph)
            features, labels, input_hooks = self._inputs(input_fn, ModeKeys.TRAIN)
            spec = self._call_model_fn(features, labels, ModeKeys.TRAIN, self.config)
            return self._train_spec(spec, input_hooks, hooks, listeners)

    def _train_spec(
        self, spec: EstimatorSpec, input_hooks: list[Any], hooks: list[Any], listeners: list[Any]
    ) -> Any:
        if self._warm_start_settings:
            warm_start.start(self._warm_start_settings)
        if not any(x.op.name == "loss" for x in tf.get_collection(tf.GraphKeys.SUMMARIES)):
            tf.summary.scalar("loss", spec.loss)
        tf.add_to_collection(tf.GraphKeys.LOSSES, spec.loss)
        config = self._config
        every = [*input_hooks, *hooks, tf.train.NanTensorHook(spec.loss)]
        if config.log_step_count_steps is not None:
            shown = {"loss": spec.loss, "step": tf.train.get_global_step()}
            every.append(tf.train.LoggingTensorHook(shown, config.log_step_count_steps))
        every += spec.training_hooks
        if not (spec.scaffold.saver or tf.get_collection(tf.GraphKeys.SAVERS)):
            saver = tf.train.Saver(
                sharded=True, max_to_keep=config.keep_checkpoint_max, defer_build=True,
                keep_checkpoint_every_n_hours=config.keep_checkpoint_every_n_hours,
                save_relative_paths=True,
            )  # fmt: skip
            tf.add_to_collection(tf.GraphKeys.SAVERS, saver)
        chief = [*self._saver_hooks(spec, every, listeners), *spec.training_chief_hooks]
        with tf.train.MonitoredTrainingSession(
            master=config.master, is_chief=config.is_chief, checkpoint_dir=self._model_dir,
            scaffold=spec.scaffold, hooks=every, chief_only_hooks=chief, save_checkpoint_secs=0,
            save_summaries_steps=config.save_summary_steps, config=self._session_config,
            max_wait_secs=config.session_creation_timeout_secs,
            log_step_count_steps=config.log_step_count_steps,
        ) as session:  # fmt: skip
            loss, done = None, False
            while not session.should_stop():
                _, loss = session.run([spec.train_op, spec.loss])
                done = True
        if not done:
            logging.warning(
                "Training with estimator made no steps. Perhaps input is empty or misspecified."
            )
        return loss

    def _saver_hooks(
        self, spec: EstimatorSpec, worker_hooks: list[Any], listeners: list[Any]
    ) -> list[Any]:
        """The hook that saves, where none is there; listeners go to the first there is."""
        config = self._config
        every = [*worker_hooks, *spec.training_chief_hooks]
        savers = [h for h in every if isinstance(h, tf.train.CheckpointSaverHook)]
        made = []
        if (config.save_checkpoints_secs or config.save_checkpoints_steps) and not savers:
            made = savers = [
                tf.train.CheckpointSaverHook(
                    self._model_dir, save_secs=config.save_checkpoints_secs,
                    save_steps=config.save_checkpoints_steps, scaffold=spec.scaffold,
                )
            ]  # fmt: skip
        if listeners and not savers:
            raise ValueError(
                "There should be a CheckpointSaverHook to use saving_listeners. Please set one of "
                "the RunConfig.save_checkpoints_steps or RunConfig.save_checkpoints_secs."
            )
        for listener in listeners:
            if listener not in savers[0]._listeners:
                savers[0]._listeners.append(listener)
        return made

    # --- evaluation -------------------------------------------------------------------------------
    def eval_dir(self, name: str | None = None) -> str:
        """The directory of an evaluation's summaries."""
        return os.path.join(self._model_dir, f"eval_{name}" if name else "eval")

    def evaluate(
        self, input_fn: Any, steps: int | None = None, hooks: Any = None,
        checkpoint_path: Any = None, name: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Evaluates the model of a checkpoint.

        Args:
          input_fn: a function that gives (features, labels), or a `tf.data.Dataset` of them.
          steps: how many batches; until the input's end when None.
          hooks: `SessionRunHook`s.
          checkpoint_path: the checkpoint; the newest when None.
          name: tells evaluations on several data sets apart.

        Returns:
          {name of a metric, "loss" or "global_step": value}.

        Raises:
          ValueError: `steps` is not positive.
        """
        hooks = checked_hooks(hooks)
        if steps is not None:
            if steps <= 0:
                raise ValueError(f"Must specify steps > 0, given: {steps}")
            hooks.append(evaluation.StopAfterNEvalsHook(num_evals=steps))
        checkpoint_path = self._checkpoint_or_none(checkpoint_path, "evaluate")
        with tf.Graph().as_default() as graph:
            scaffold, update, values, every = self._evaluation(input_fn, hooks, checkpoint_path)
            found = evaluation.evaluate_once(
                checkpoint_path, master=self._config.evaluation_master, scaffold=scaffold,
                eval_ops=update, final_ops=values, hooks=every, config=self._session_config,
            )  # fmt: skip
            step = found[tf.GraphKeys.GLOBAL_STEP]
            results.write(self.eval_dir(name), found, step, checkpoint_path)
            del graph
        return found

    def _evaluation(
        self, input_fn: Any, hooks: list[Any], checkpoint_path: Any
    ) -> tuple[Any, Any, dict[str, Any], list[Any]]:
        """Builds the graph: (scaffold, update operation, {name: value}, hooks)."""
        tf.set_random_seed(self._config.tf_random_seed)
        self._create_and_assert_global_step(tf.get_default_graph())
        features, labels, input_hooks = self._inputs(input_fn, ModeKeys.EVAL)
        spec = self._call_model_fn(features, labels, ModeKeys.EVAL, self.config)
        metrics = dict(spec.eval_metric_ops)
        for key, quote in ((LOSS_METRIC_KEY, '"'), (tf.GraphKeys.GLOBAL_STEP, "`")):
            if key in metrics:
                raise ValueError(
                    f"Metric with name {quote}{key}{quote} is not allowed, because Estimator "
                    "already defines a default metric with the same name."
                )
        metrics[LOSS_METRIC_KEY] = tf.metrics.mean(spec.loss)
        ordered = sorted(metrics.items())
        update = tf.group(*(update for _, (_, update) in ordered))
        values = {name: value for name, (value, _) in ordered}
        self._maybe_warm_start(checkpoint_path)
        values[tf.GraphKeys.GLOBAL_STEP] = tf.train.get_global_step()
        scaffold = spec.scaffold
        if scaffold and scaffold.local_init_op is not None:
            # The user's does not know of the variables of the metrics.
            evaluation.get_or_create_eval_step()
            own, default = scaffold.local_init_op, tf.train.Scaffold.default_local_init_op()
            scaffold = tf.train.Scaffold(
                local_init_op=tf.group(own, default), copy_from_scaffold=scaffold
            )
        return scaffold, update, values, [*input_hooks, *hooks, *spec.evaluation_hooks]

    def _checkpoint_or_none(self, given: Any, purpose: str) -> Any:
        found = given or self.latest_checkpoint()
        if not found:
            logging.info(
                "Could not find trained model in model_dir: %s, running initialization to %s.",
                self._model_dir, purpose,
            )  # fmt: skip
        return found

    def _maybe_warm_start(self, checkpoint_path: Any) -> None:
        if not checkpoint_path and self._warm_start_settings:
            warm_start.start(self._warm_start_settings)

    # --- prediction -------------------------------------------------------------------------------
    def predict(
        self, input_fn: Any, predict_keys: Any = None, hooks: Any = None,
        checkpoint_path: Any = None, yield_single_examples: bool = True,
    ) -> Iterator[Any]:  # fmt: skip
        """Gives the predictions for each example of the input.

        Args:
          input_fn: a function that gives features, or a `tf.data.Dataset`; labels are passed over.
          predict_keys: the names of those that are wanted; all when None.
          hooks: `SessionRunHook`s.
          checkpoint_path: the checkpoint; the newest when None.
          yield_single_examples: whether examples come one by one, or batches as they are.

        Raises:
          ValueError: no prediction has such a name, or their batches differ in length.
        """
        hooks = checked_hooks(hooks)
        checkpoint_path = self._checkpoint_or_none(checkpoint_path, "predict")
        graph = tf.Graph()
        with graph.as_default():
            session, predictions = self._prediction(input_fn, predict_keys, hooks, checkpoint_path)
        for found in runs(graph, session, predictions):
            if not yield_single_examples:
                yield found
            elif not isinstance(predictions, dict):
                yield from found
            else:
                for i in range(batch_length(found)):
                    yield {key: value[i] for key, value in found.items()}

    def _prediction(
        self, input_fn: Any, predict_keys: Any, hooks: list[Any], checkpoint_path: Any
    ) -> tuple[Any, Any]:
        """Builds the graph: (a session, the predictions)."""
        tf.set_random_seed(self._config.tf_random_seed)
        self._create_and_assert_global_step(tf.get_default_graph())
        features, _, input_hooks = self._inputs(input_fn, ModeKeys.PREDICT)
        if not ends(features):
            logging.warning(
                "Input graph does not use tf.data.Dataset or contain a QueueRunner. That means "
                "predict yields forever. This is probably a mistake."
            )
        spec = self._call_model_fn(features, None, ModeKeys.PREDICT, self.config)
        self._maybe_warm_start(checkpoint_path)
        creator = tf.train.ChiefSessionCreator(
            checkpoint_filename_with_path=checkpoint_path, master=self._config.master,
            scaffold=spec.scaffold, config=self._session_config,
        )  # fmt: skip
        predictions = chosen(spec.predictions, predict_keys)
        every = [*input_hooks, *hooks, *spec.prediction_hooks]
        return tf.train.MonitoredSession(creator, every), predictions

    # --- export -----------------------------------------------------------------------------------
    def export_saved_model(
        self, export_dir_base: Any, serving_input_receiver_fn: Any, assets_extra: Any = None,
        as_text: bool = False, checkpoint_path: Any = None,
        experimental_mode: str = ModeKeys.PREDICT,
    ) -> bytes:  # fmt: skip
        """Writes the model of a checkpoint as a SavedModel; gives its directory.

        Args:
          export_dir_base: the directory below which one is made, named after the second.
          serving_input_receiver_fn: a function that gives a `ServingInputReceiver`.
          assets_extra: {path in `assets.extra`: file to copy}.
          as_text: whether the file of the graph is text.
          checkpoint_path: the checkpoint; the newest when None.
          experimental_mode: the mode of the graph.

        Raises:
          ValueError: there is no function, or no checkpoint.
        """
        if not serving_input_receiver_fn:
            raise ValueError("An input_receiver_fn must be defined.")
        return saving.export(
            self, export_dir_base, {experimental_mode: serving_input_receiver_fn}, assets_extra,
            as_text, checkpoint_path, strip_default_attrs=True,
        )  # fmt: skip

    def export_savedmodel(
        self, export_dir_base: Any, serving_input_receiver_fn: Any, assets_extra: Any = None,
        as_text: bool = False, checkpoint_path: Any = None, strip_default_attrs: bool = False,
    ) -> bytes:  # fmt: skip
        """The older name of `export_saved_model`.

        Raises:
          ValueError: there is no function, or no checkpoint.
        """
        if not serving_input_receiver_fn:
            raise ValueError("An input_receiver_fn must be defined.")
        return saving.export(
            self, export_dir_base, {ModeKeys.PREDICT: serving_input_receiver_fn}, assets_extra,
            as_text, checkpoint_path, strip_default_attrs,
        )  # fmt: skip

    def experimental_export_all_saved_models(
        self, export_dir_base: Any, input_receiver_fn_map: Any, assets_extra: Any = None,
        as_text: bool = False, checkpoint_path: Any = None,
    ) -> bytes:  # fmt: skip
        """As `export_saved_model`, with graphs of several modes: {mode: receiver function}."""
        return saving.export(
            self, export_dir_base, input_receiver_fn_map, assets_extra, as_text, checkpoint_path,
            strip_default_attrs=True,
        )  # fmt: skip

    def _checkpoint_to_export(self) -> Any:
        found = self.latest_checkpoint()
        if found:
            return found
        if not self._warm_start_settings:
            raise ValueError(f"Couldn't find trained model at {self._model_dir}.")
        source = self._warm_start_settings.ckpt_to_initialize_from
        return tf.train.latest_checkpoint(source) if tf.gfile.IsDirectory(source) else source

    # --- calling the user's functions -------------------------------------------------------------
    def _inputs(self, input_fn: Any, mode: str) -> tuple[Any, Any, list[Any]]:
        return input_parts(self._call_input_fn(input_fn, mode))

    def _call_input_fn(self, input_fn: Any, mode: str) -> Any:
        names = arguments_of(input_fn)
        given = {"mode": mode, "params": self.params, "config": self.config}
        with tf.device("/cpu:0"):
            return input_fn(**{key: value for key, value in given.items() if key in names})

    def _call_model_fn(self, features: Any, labels: Any, mode: str, config: Any) -> Any:
        names = arguments_of(self._model_fn)
        if labels is not None and "labels" not in names:
            raise ValueError("model_fn does not take labels, but input_fn returns labels.")
        given = {"labels": labels, "mode": mode, "params": self.params, "config": config}
        logging.info("Calling model_fn.")
        spec = self._model_fn(
            features=features, **{key: value for key, value in given.items() if key in names}
        )
        logging.info("Done calling model_fn.")
        if not isinstance(spec, EstimatorSpec):
            raise ValueError("model_fn should return an EstimatorSpec.")
        return spec

    def _create_global_step(self, graph: Any) -> Any:
        return tf.train.create_global_step(graph)

    def _create_and_assert_global_step(self, graph: Any) -> Any:
        return self._create_global_step(graph)


def _check_not_overridden(estimator: Estimator) -> None:
    members = {name for name in dir(Estimator) if not name.startswith("__")}
    own = set(vars(type(estimator))) if type(estimator) is not Estimator else set()
    replaced = [
        name
        for name in members & own - estimator._may_be_overridden
        if getattr(Estimator, name) != getattr(type(estimator), name)
    ]
    if replaced:
        raise ValueError(
            f"Subclasses of Estimator cannot override members of Estimator. {type(estimator)} "
            f"does override {replaced}"
        )


def completed(config: Any, model_dir: Any) -> RunConfig:
    """The configuration with a directory and a session's configuration."""
    if config is None:
        config = RunConfig()
        logging.info("Using default config.")
    if not isinstance(config, RunConfig):
        raise ValueError(f"config must be an instance of `RunConfig`, but provided {config}.")
    if config.session_config is None:
        config = config._replaced(session_config=tf.ConfigProto(allow_soft_placement=True))
    model_dir = tf.compat.path_to_str(model_dir)
    if model_dir is not None and config.model_dir is not None and config.model_dir != model_dir:
        raise ValueError(
            "`model_dir` are set both in constructor and `RunConfig`, but with different values. "
            f"In constructor: '{model_dir}', in `RunConfig`: '{config.model_dir}' "
        )
    if not model_dir and config.model_dir is None:
        model_dir = tempfile.mkdtemp()
        logging.warning("Using temporary folder as model directory: %s", model_dir)
    return config._replaced(model_dir=model_dir) if model_dir else config
