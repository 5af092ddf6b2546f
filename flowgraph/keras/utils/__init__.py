"""`tf.keras.utils`."""

from typing import Any

from flowgraph.keras.utils.data_utils import (
    GeneratorEnqueuer,
    OrderedEnqueuer,
    Sequence,
    SequenceEnqueuer,
    get_file,
)  # fmt: skip
from flowgraph.keras.utils.generic import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    serialize_keras_object,
)  # fmt: skip
from flowgraph.keras.utils.np_utils import normalize, to_categorical
from flowgraph.keras.utils.progbar import Progbar
from flowgraph.keras.utils.vis_utils import model_to_dot, plot_model


class HDF5Matrix:
    """A data set of an HDF5 file, read as it is indexed (tf.keras.utils.HDF5Matrix).

    Args:
      datapath: the file.
      dataset: the data set's name.
      start, end: the first row, and the one behind the last.
      normalizer: a function of what is read.
    """

    def __init__(
        self, datapath: str, dataset: str, start: int = 0, end: int | None = None,
        normalizer: Any = None,
    ) -> None:  # fmt: skip
        import h5py

        self.data = h5py.File(datapath, "r")[dataset]
        self.start, self.end = start, self.data.shape[0] if end is None else end
        self.normalizer = normalizer

    def __len__(self) -> int:
        return self.end - self.start

    def __getitem__(self, key: Any) -> Any:
        import numpy as np

        if isinstance(key, slice):
            start, stop, step = key.indices(len(self))
            found = self.data[start + self.start : stop + self.start : step]
        else:
            rows = np.asarray(key)
            order, back = np.unique(rows, return_inverse=True)
            found = self.data[(order + self.start).tolist()][back]
        return found if self.normalizer is None else self.normalizer(found)

    @property
    def shape(self) -> Any:
        """The shape."""
        return (len(self), *self.data.shape[1:])

    @property
    def dtype(self) -> Any:
        """The dtype."""
        return self.data.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.data.ndim


def multi_gpu_model(
    model: Any, gpus: Any, cpu_merge: bool = True, cpu_relocation: bool = False
) -> Any:
    """The model itself: there is one device."""
    return model


def convert_all_kernels_in_model(model: Any) -> None:
    """Nothing: kernels of Theano are not met here."""


def get_source_inputs(tensor: Any, layer: Any = None, node_index: Any = None) -> list[Any]:
    """The inputs that a layer's output is computed from."""
    found: dict[int, Any] = {}
    waiting = [tensor]
    while waiting:
        one = waiting.pop()
        owner, index, _ = one._keras_history
        node = owner._inbound_nodes[index]
        before = [t for *_, t in node.iterate_inbound()]
        if not before:
            found[id(one)] = one
        waiting += before
    return list(found.values())


__all__ = [
    "CustomObjectScope", "GeneratorEnqueuer", "HDF5Matrix", "OrderedEnqueuer", "Progbar",
    "Sequence", "SequenceEnqueuer", "convert_all_kernels_in_model", "custom_object_scope",
    "deserialize_keras_object", "get_custom_objects", "get_file", "get_source_inputs",
    "model_to_dot", "multi_gpu_model", "normalize", "plot_model", "serialize_keras_object",
    "to_categorical",
]  # fmt: skip
