"""SignatureDef messages: what goes into a graph and comes out (tf's signature_def_utils)."""

from __future__ import annotations

from typing import Any

from flowgraph.core import dtypes
from flowgraph.core.errors import NotFoundError
from flowgraph.core.tensor import Tensor
from flowgraph.graph_io import protos
from flowgraph.saved_model import signature_constants as keys
from flowgraph.saved_model.utils import (
    build_tensor_info,
    build_tensor_info_from_op,
    get_element_from_tensor_info,
)

__all__ = [
    "build_signature_def", "classification_signature_def", "is_valid_signature",
    "load_op_from_signature_def", "op_signature_def", "predict_signature_def",
    "regression_signature_def", "supervised_eval_signature_def", "supervised_train_signature_def",
]  # fmt: skip


def build_signature_def(inputs: Any = None, outputs: Any = None, method_name: Any = None) -> Any:
    """The SignatureDef of TensorInfos by name.

    Args:
      inputs: a dict from names to TensorInfo messages, or None.
      outputs: likewise.
      method_name: one of `signature_constants`.
    """
    signature = protos.SignatureDef()
    for name, info in (inputs or {}).items():
        signature.inputs[name].CopyFrom(info)
    for name, info in (outputs or {}).items():
        signature.outputs[name].CopyFrom(info)
    if method_name is not None:
        signature.method_name = method_name
    return signature


def _info(tensor: Any, dtype: dtypes.DType, complaint: str) -> Any:
    """The TensorInfo of a tensor that must have a dtype; ValueError when it has another."""
    if not isinstance(tensor, Tensor):
        raise ValueError(complaint)
    info = build_tensor_info(tensor)
    if info.dtype != dtype.enum:
        raise ValueError(complaint)
    return info


def regression_signature_def(examples: Any, predictions: Any) -> Any:
    """The SignatureDef of a regression.

    Args:
      examples: a string tensor of serialised tf.Examples.
      predictions: a float32 tensor.

    Raises:
      ValueError: one is None, or has another dtype.
    """
    if examples is None:
        raise ValueError("Regression examples cannot be None.")
    if predictions is None:
        raise ValueError("Regression predictions cannot be None.")
    of_text = _info(examples, dtypes.string, "Regression examples must be a string Tensor.")
    of_numbers = _info(predictions, dtypes.float32, "Regression output must be a float Tensor.")
    inputs, outputs = {keys.REGRESS_INPUTS: of_text}, {keys.REGRESS_OUTPUTS: of_numbers}
    return build_signature_def(inputs, outputs, keys.REGRESS_METHOD_NAME)


def classification_signature_def(examples: Any, classes: Any, scores: Any) -> Any:
    """The SignatureDef of a classification.

    Args:
      examples: a string tensor of serialised tf.Examples.
      classes: a string tensor, or None.
      scores: a float32 tensor, or None; not both.

    Raises:
      ValueError: one has another dtype, or too many are None.
    """
    if examples is None:
        raise ValueError("Classification examples cannot be None.")
    if classes is None and scores is None:
        raise ValueError("Classification classes and scores cannot both be None.")
    complaint = "Classification examples must be a string Tensor."
    inputs = {keys.CLASSIFY_INPUTS: _info(examples, dtypes.string, complaint)}
    outputs = {}
    if classes is not None:
        complaint = "Classification classes must be a string Tensor."
        outputs[keys.CLASSIFY_OUTPUT_CLASSES] = _info(classes, dtypes.string, complaint)
    if scores is not None:
        complaint = "Classification scores must be a float Tensor."
        outputs[keys.CLASSIFY_OUTPUT_SCORES] = _info(scores, dtypes.float32, complaint)
    return build_signature_def(inputs, outputs, keys.CLASSIFY_METHOD_NAME)


def predict_signature_def(inputs: Any, outputs: Any) -> Any:
    """The SignatureDef of tensors by name; ValueError when there are none."""
    if not inputs:
        raise ValueError("Prediction inputs cannot be None or empty.")
    if not outputs:
        raise ValueError("Prediction outputs cannot be None or empty.")
    return build_signature_def(_infos(inputs), _infos(outputs), keys.PREDICT_METHOD_NAME)


def _infos(tensors: Any) -> dict[str, Any]:
    return {name: build_tensor_info(tensor) for name, tensor in tensors.items()}


def supervised_train_signature_def(
    inputs: Any, loss: Any, predictions: Any = None, metrics: Any = None
) -> Any:
    """The SignatureDef of training; see `supervised_eval_signature_def`."""
    return _supervised(keys.SUPERVISED_TRAIN_METHOD_NAME, inputs, loss, predictions, metrics)


def supervised_eval_signature_def(
    inputs: Any, loss: Any, predictions: Any = None, metrics: Any = None
) -> Any:
    """The SignatureDef of an evaluation; all are dicts from names to tensors.

    Raises:
      ValueError: there are no inputs.
    """
    return _supervised(keys.SUPERVISED_EVAL_METHOD_NAME, inputs, loss, predictions, metrics)


def _supervised(method: str, inputs: Any, *outputs: Any) -> Any:
    if not inputs:
        raise ValueError(f"{method} inputs cannot be None or empty.")
    told: dict[str, Any] = {}
    for tensors in outputs:
        told.update(_infos(tensors or {}))
    return build_signature_def(_infos(inputs), told, method)


# --- checking -------------------------------------------------------------------------------------
def is_valid_signature(signature_def: Any) -> bool:
    """Whether TensorFlow Serving can serve a SignatureDef."""
    if signature_def is None:
        return False
    inputs = {name: info.dtype for name, info in signature_def.inputs.items()}
    outputs = {name: info.dtype for name, info in signature_def.outputs.items()}
    method = signature_def.method_name
    text, number = dtypes.string.enum, dtypes.float32.enum
    if method == keys.PREDICT_METHOD_NAME:
        return bool(inputs and outputs)
    if method == keys.REGRESS_METHOD_NAME:
        return inputs == {keys.REGRESS_INPUTS: text} and outputs == {keys.REGRESS_OUTPUTS: number}
    if method == keys.CLASSIFY_METHOD_NAME:
        allowed = {keys.CLASSIFY_OUTPUT_CLASSES: text, keys.CLASSIFY_OUTPUT_SCORES: number}
        fits = all(allowed.get(name) == dtype for name, dtype in outputs.items())
        return inputs == {keys.CLASSIFY_INPUTS: text} and bool(outputs) and fits
    return False


# --- operations -----------------------------------------------------------------------------------
def op_signature_def(op: Any, key: str) -> Any:
    """A SignatureDef whose one output is an operation."""
    return build_signature_def(outputs={key: build_tensor_info_from_op(op)})


def load_op_from_signature_def(
    signature_def: Any, key: str, import_scope: str | None = None
) -> Any:
    """The operation that `op_signature_def` names; NotFoundError when there is none."""
    try:
        return get_element_from_tensor_info(signature_def.outputs[key], import_scope=import_scope)
    except KeyError:
        raise NotFoundError(
            None, None,
            f"The {key} could not be found in the graph. Please make sure that the SignatureDef "
            f'in the SavedModel does not contain the key "{key}" for something else.',
        ) from None  # fmt: skip
