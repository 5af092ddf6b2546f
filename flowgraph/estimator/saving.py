"""Writing an Estimator's model as a SavedModel."""

from __future__ import annotations

import os
import time
from typing import Any

import flowgraph as tf
from flowgraph.estimator.export import outputs
from flowgraph.estimator.modes import ModeKeys
from flowgraph.platform import logging

_TAGS = {
    ModeKeys.PREDICT: tf.saved_model.tag_constants.SERVING,
    ModeKeys.TRAIN: tf.saved_model.tag_constants.TRAINING,
    ModeKeys.EVAL: "eval",
}
_MAX_ATTEMPTS = 10


def timestamped_directory(base: Any) -> str:
    """A directory below `base`, named after the second, that is not there yet.

    RuntimeError when ten seconds' names are taken.
    """
    for attempt in range(1, _MAX_ATTEMPTS + 1):
        path = os.path.join(os.fsdecode(base), str(int(time.time())))
        if not tf.gfile.Exists(path):
            return path
        time.sleep(1)
        logging.warn(
            "Directory %s already exists; retrying (attempt %s/%s)", path, attempt, _MAX_ATTEMPTS
        )
    raise RuntimeError(
        f"Failed to obtain a unique export directory name after {_MAX_ATTEMPTS} attempts."
    )


def export(
    estimator: Any, base: Any, receiver_fns: dict[str, Any], assets_extra: Any, as_text: bool,
    checkpoint_path: Any, strip_default_attrs: bool,
) -> bytes:  # fmt: skip
    """Writes graphs of several modes with the values of a checkpoint; gives the directory.

    Args:
      estimator: the Estimator.
      base: the directory below which that directory is made.
      receiver_fns: {mode: a function that gives its input receiver}.
      assets_extra: {path in `assets.extra`: file to copy}.
      as_text: whether the file of the graphs is text.
      checkpoint_path: the checkpoint; the newest when None.
      strip_default_attrs: whether attributes that are defaults are left out.

    Raises:
      ValueError: there is no checkpoint or no mode, or the graph has other variables.
    """
    checkpoint_path = checkpoint_path or estimator._checkpoint_to_export()
    path = timestamped_directory(base)
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f"temp-{name}")
    builder = tf.saved_model.builder.SavedModelBuilder(temporary)
    modes = [m for m in (ModeKeys.TRAIN, ModeKeys.EVAL, ModeKeys.PREDICT) if receiver_fns.get(m)]
    if not modes:
        raise ValueError(f"No valid modes for exporting found. Got {receiver_fns.keys()}.")
    for mode in modes:
        with tf.Graph().as_default():
            _add_graph(
                estimator, builder, mode, receiver_fns[mode], checkpoint_path,
                first=mode == modes[0], strip=strip_default_attrs,
            )  # fmt: skip
    builder.save(as_text)
    for place, source in (assets_extra or {}).items():
        target = os.path.join(temporary, "assets.extra", os.fsdecode(place))
        tf.gfile.MakeDirs(os.path.dirname(target))
        tf.gfile.Copy(source, target)
    tf.gfile.Rename(temporary, path)
    return path.encode()


def _outputs(spec: Any, mode: str) -> dict[str, Any]:
    if mode == ModeKeys.PREDICT:
        return outputs.checked(spec.export_outputs, spec.predictions)
    make = outputs.TrainOutput if mode == ModeKeys.TRAIN else outputs.EvalOutput
    predictions = (
        None if isinstance(spec.predictions, dict) and not spec.predictions else (spec.predictions)
    )
    return {mode: make(spec.loss, predictions, spec.eval_metric_ops or None)}


def _add_graph(
    estimator: Any, builder: Any, mode: str, receiver_fn: Any, checkpoint_path: Any, first: bool,
    strip: bool,
) -> None:  # fmt: skip
    tf.train.create_global_step()
    tf.set_random_seed(estimator.config.tf_random_seed)
    receiver = receiver_fn()
    spec = estimator._call_model_fn(
        receiver.features, getattr(receiver, "labels", None), mode, estimator.config
    )
    signatures = outputs.build_all_signature_defs(
        receiver.receiver_tensors,
        _outputs(spec, mode),
        getattr(receiver, "receiver_tensors_alternatives", None),
        serving_only=mode == ModeKeys.PREDICT,
    )
    with tf.Session(config=estimator._session_config) as session:
        main_op = spec.scaffold.local_init_op
        if main_op is None:
            main_op = tf.train.Scaffold.default_local_init_op()
        saver = spec.scaffold.saver or tf.train.Saver(sharded=True)
        try:
            saver.restore(session, checkpoint_path)
        except tf.errors.NotFoundError as error:
            raise ValueError(
                "Could not load all requested variables from checkpoint. Please make sure your "
                "model_fn does not expect variables that were not saved in the checkpoint.\n\n"
                f"Encountered error with mode `{mode}` while restoring checkpoint from: "
                f"`{checkpoint_path}`. Full Traceback:\n\n{error}"
            ) from error
        given = {
            "tags": [_TAGS[mode]], "signature_def_map": signatures, "main_op": main_op,
            "assets_collection": tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS),
            "saver": saver, "strip_default_attrs": strip,
        }  # fmt: skip
        if mode == ModeKeys.TRAIN:
            tf.add_to_collection("saved_model_train_op", spec.train_op)
        if first:
            builder.add_meta_graph_and_variables(session, **given)
        else:
            builder.add_meta_graph(**given)
