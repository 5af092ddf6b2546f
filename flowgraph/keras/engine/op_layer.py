"""Operations between layers, wrapped as layers, so that a model can contain them."""

from __future__ import annotations

from typing import Any

from flowgraph.keras import _ops as tf
from flowgraph.ops.control import nest


def needs_history(tensors: Any) -> bool:
    """Whether a tensor is computed from layers' outputs without being one."""
    fresh = [
        t for t in nest.flatten(tensors)
        if isinstance(t, tf.Tensor) and getattr(t, "_keras_history", None) is None
    ]  # fmt: skip
    return bool(fresh) and any(_uses_history(t, {}) for t in fresh)


def _uses_history(tensor: Any, known: dict[Any, bool]) -> bool:
    """Whether a layer's output is among what a tensor is computed from."""
    waiting, seen = [tensor], set()
    while waiting:
        one = waiting.pop()
        if getattr(one, "_keras_history", None) is not None or known.get(one.op):
            return True
        if one.op not in seen:
            seen.add(one.op)
            waiting.extend(one.op.inputs)
    return False


def create_history(tensors: Any) -> None:
    """Wraps the operations between layers' outputs and these tensors as layers."""
    for tensor in nest.flatten(tensors):
        if not isinstance(tensor, tf.Tensor) or getattr(tensor, "_keras_history", None) is not None:
            continue
        op = tensor.op
        moving = [t for t in op.inputs if _uses_history(t, {})]
        fixed = {i: t for i, t in enumerate(op.inputs) if not any(t is m for m in moving)}
        create_history(moving)
        layer = _op_layer_class()(op, constants=fixed, name=op.name)
        outputs = op.outputs[0] if len(op.outputs) == 1 else list(op.outputs)
        layer._add_inbound_node(moving[0] if len(moving) == 1 else moving, outputs)


_made: list[Any] = []


def _op_layer_class() -> Any:
    if _made:
        return _made[0]
    from flowgraph.keras.engine.base_layer import Layer  # which imports this module

    class TensorFlowOpLayer(Layer):
        """One operation as a layer: `call` makes such an operation again from other inputs.

        Args:
          op: the operation.
          constants: {input number: tensor} of the inputs that stay the same.
          name: "tf_op_layer_" is put before it.
        """

        def __init__(self, op: Any, constants: Any = None, name: str | None = None) -> None:
            super().__init__(name=f"tf_op_layer_{name}".replace("/", "_"), trainable=False)
            self._op, self.constants = op, constants or {}
            self.built = True

        def call(self, inputs: Any) -> Any:
            """The operation's outputs for other inputs."""
            given = iter(nest.flatten(inputs))
            arguments = [
                self.constants[i] if i in self.constants else next(given)
                for i in range(len(self._op.inputs))
            ]
            return copy_op(self._op, arguments)

        def get_config(self) -> dict[str, Any]:
            """Not possible: the operation's constants belong to its graph."""
            config = super().get_config()
            config["node_def"] = {"op": self._op.type, "name": self._op.name}
            return config

    _made.append(TensorFlowOpLayer)
    return TensorFlowOpLayer


def copy_op(op: Any, inputs: list[Any]) -> Any:
    """Adds an operation like `op` with other inputs; gives its outputs."""
    graph = tf.get_default_graph()
    attrs = {k: v for k, v in op.attrs.items() if k != "_class"}
    name, dtypes = op.name.rsplit("/", 1)[-1], [t.dtype for t in op.outputs]
    made = graph.create_node(op.op_def, inputs, dtypes, name, attrs)
    return made.outputs[0] if len(made.outputs) == 1 else list(made.outputs)
