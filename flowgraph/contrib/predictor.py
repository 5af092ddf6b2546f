"""`tf.contrib.predictor`: functions made of a SavedModel."""

from __future__ import annotations

from typing import Any

import flowgraph as tf
from flowgraph.saved_model import loader
from flowgraph.saved_model.signature_constants import DEFAULT_SERVING_SIGNATURE_DEF_KEY

__all__ = ["SavedModelPredictor", "from_saved_model"]


class SavedModelPredictor:
    """A function of a SavedModel in a graph and a session of its own; see `from_saved_model`."""

    def __init__(
        self,
        export_dir: Any,
        signature_def_key: str | None = None,
        signature_def: Any = None,
        input_names: dict[str, str] | None = None,
        output_names: dict[str, str] | None = None,
        tags: str | None = None,
        graph: tf.Graph | None = None,
        config: Any = None,
    ) -> None:
        _check_arguments(signature_def_key, signature_def, input_names, output_names)
        self._graph = graph or tf.Graph()
        with self._graph.as_default():
            self._session = tf.Session(config=config)
            meta_graph = loader.load(self._session, (tags or "serve").split(","), export_dir)
        if input_names is None or output_names is None:
            if signature_def is None:
                signature_def = _signature(meta_graph, signature_def_key)
            input_names = {k: v.name for k, v in signature_def.inputs.items()}
            output_names = {k: v.name for k, v in signature_def.outputs.items()}
        tensor = self._graph.get_tensor_by_name
        self._feed_tensors = {k: tensor(name) for k, name in input_names.items()}
        self._fetch_tensors = {k: tensor(name) for k, name in output_names.items()}

    @property
    def graph(self) -> tf.Graph:
        """The graph that the SavedModel is in."""
        return self._graph

    @property
    def session(self) -> Any:
        """The session that its variables are in."""
        return self._session

    @property
    def feed_tensors(self) -> dict[str, Any]:
        """The inputs by name."""
        return self._feed_tensors

    @property
    def fetch_tensors(self) -> dict[str, Any]:
        """The outputs by name."""
        return self._fetch_tensors

    def __call__(self, input_dict: dict[str, Any]) -> dict[str, Any]:
        """The outputs by name, for inputs by name.

        Raises:
            ValueError: there is no input of a name.
        """
        unknown = set(input_dict) - set(self.feed_tensors)
        if unknown:
            raise ValueError(
                f"Got unexpected keys in input_dict: {unknown}\nexpected: {set(self.feed_tensors)}"
            )
        feed = {self.feed_tensors[key]: value for key, value in input_dict.items()}
        return self._session.run(self.fetch_tensors, feed_dict=feed)  # type: ignore[no-any-return]


def _check_arguments(key: Any, signature: Any, inputs: Any, outputs: Any) -> None:
    if (inputs is None) != (outputs is None):
        raise ValueError(
            "input_names and output_names must both be specified or both be unspecified."
        )
    if sum(given is not None for given in (key, signature, inputs)) > 1:
        raise ValueError(
            "You must specify at most one of signature_def_key OR signature_def OR "
            "(input_names AND output_names)."
        )


def _signature(meta_graph: Any, key: str | None) -> Any:
    key = key or DEFAULT_SERVING_SIGNATURE_DEF_KEY
    there = meta_graph.signature_def
    for name in (key, f"default_input_alternative:{key}"):
        if name in there:
            return there[name]
    raise ValueError(f'Got signature_def_key "{key}". Available signatures are {sorted(there)}.')


def from_saved_model(
    export_dir: Any,
    signature_def_key: str | None = None,
    signature_def: Any = None,
    input_names: dict[str, str] | None = None,
    output_names: dict[str, str] | None = None,
    tags: str | None = None,
    graph: tf.Graph | None = None,
    config: Any = None,
) -> SavedModelPredictor:
    """A function from inputs by name to outputs by name, of a SavedModel.

    Args:
        export_dir: its directory.
        signature_def_key: which of its signatures; "serving_default" when nothing is given.
        signature_def: a signature itself.
        input_names: names of tensors by those of inputs, in place of a signature's.
        output_names: likewise of outputs.
        tags: of the graph, with commas between; "serve" when they are not given.
        graph: where to put it.
        config: of the session.

    Raises:
        ValueError: more than one of these is given, or there is no such signature.
    """
    return SavedModelPredictor(
        export_dir, signature_def_key, signature_def, input_names, output_names, tags, graph, config
    )
