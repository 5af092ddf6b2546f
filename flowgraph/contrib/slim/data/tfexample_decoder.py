"""Items of serialized `tf.train.Example`s (tf.contrib.slim.tfexample_decoder)."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any

from flowgraph.contrib.slim.data import data_decoder
from flowgraph.core import dtypes, sparse_tensor
from flowgraph.ops.array.joining import concat, stack
from flowgraph.ops.array.reshape import expand_dims, reshape, transpose
from flowgraph.ops.array.shape import shape as shape_op
from flowgraph.ops.control.case import case
from flowgraph.ops.control.cond import cond
from flowgraph.ops.control.functional import map_fn
from flowgraph.ops.image.decoding import decode_image, decode_jpeg
from flowgraph.ops.image.encoding import is_jpeg
from flowgraph.ops.math.cast import cast
from flowgraph.ops.math.comparison import equal
from flowgraph.ops.math.logical import logical_or
from flowgraph.ops.math.reduction import reduce_prod
from flowgraph.ops.parsing.features import FixedLenFeature
from flowgraph.ops.parsing.parse_features import parse_single_example
from flowgraph.ops.sparse.dense import sparse_tensor_to_dense
from flowgraph.ops.sparse.shaping import sparse_reshape
from flowgraph.ops.strings.numbers import decode_raw


def _dense(tensor: Any) -> Any:
    is_sparse = isinstance(tensor, sparse_tensor.SparseTensor)
    return sparse_tensor_to_dense(tensor) if is_sparse else tensor


class ItemHandler(abc.ABC):
    """Makes an item of the tensors of some features.

    Args:
      keys: the name of the feature, or a list of names.
    """

    def __init__(self, keys: Any) -> None:
        self._keys = list(keys) if isinstance(keys, (tuple, list)) else [keys]

    @property
    def keys(self) -> list[str]:
        """The names of the features that are needed."""
        return self._keys

    @abc.abstractmethod
    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        """The item.

        Args:
          keys_to_tensors: the features by their names.
        """


class ItemHandlerCallback(ItemHandler):
    """Makes an item by a function.

    Args:
      keys: the names of the features.
      func: makes the item of a dict of features.
    """

    def __init__(self, keys: Any, func: Callable[[dict[str, Any]], Any]) -> None:
        super().__init__(keys)
        self._func = func

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        """The item."""
        return self._func(keys_to_tensors)


class BoundingBox(ItemHandler):
    """Boxes [count, 4] of the features of their sides.

    Args:
      keys: the four names; ymin, xmin, ymax, xmax when absent.
      prefix: what stands before each name.

    Raises:
      ValueError: there are not four names.
    """

    def __init__(self, keys: Any = None, prefix: str = "") -> None:
        names = ["ymin", "xmin", "ymax", "xmax"] if keys is None else keys
        if len(names) != 4:
            raise ValueError(f"BoundingBox expects 4 keys but got {len(names)}")
        super().__init__([prefix + name for name in names])

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        """The boxes."""
        sides = []
        for key in self._keys:
            side = keys_to_tensors[key]
            if isinstance(side, sparse_tensor.SparseTensor):
                side = side.values
            sides.append(expand_dims(side, 0))
        return transpose(concat(sides, 0))


class Tensor(ItemHandler):
    """A feature, given a shape if one is told.

    Args:
      tensor_key: the name of the feature.
      shape_keys: the name of the feature of the shape, or a list, one of each size.
      shape: the shape.
      default_value: what stands where a sparse feature has nothing.

    Raises:
      ValueError: `shape_keys` and `shape` are both given.
    """

    def __init__(
        self, tensor_key: str, shape_keys: Any = None, shape: Any = None, default_value: Any = 0
    ) -> None:
        if shape_keys and shape is not None:
            raise ValueError("Cannot specify both shape_keys and shape parameters.")
        if shape_keys and not isinstance(shape_keys, list):
            shape_keys = [shape_keys]
        self._tensor_key, self._shape_keys = tensor_key, shape_keys or []
        self._shape, self._default_value = shape, default_value
        super().__init__([tensor_key, *self._shape_keys])

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        """The tensor, dense."""
        tensor, shape = keys_to_tensors[self._tensor_key], self._shape
        if self._shape_keys:
            sizes = [_dense(keys_to_tensors[key]) for key in self._shape_keys]
            shape = reshape(stack(sizes), [-1])
        if not isinstance(tensor, sparse_tensor.SparseTensor):
            return tensor if shape is None else reshape(tensor, shape)
        if shape is not None:
            tensor = sparse_reshape(tensor, shape)
        return sparse_tensor_to_dense(tensor, self._default_value)


class LookupTensor(Tensor):
    """What a table holds for a feature.

    Args:
      tensor_key: the name of the feature.
      table: a table of `tf.contrib.lookup`.
      shape_keys, shape, default_value: as in `Tensor`.
    """

    def __init__(
        self,
        tensor_key: str,
        table: Any,
        shape_keys: Any = None,
        shape: Any = None,
        default_value: Any = "",
    ) -> None:
        self._table = table
        super().__init__(tensor_key, shape_keys, shape, default_value)

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        """The values of the table."""
        return self._table.lookup(super().tensors_to_item(keys_to_tensors))


class BackupHandler(ItemHandler):
    """An item, and another one where the first has no elements.

    Args:
      handler: makes the item.
      backup: makes the other one.

    Raises:
      ValueError: one of them is no `ItemHandler`.
    """

    def __init__(self, handler: ItemHandler, backup: ItemHandler) -> None:
        for what, given in (("Primary", handler), ("Backup", backup)):
            if not isinstance(given, ItemHandler):
                raise ValueError(f"{what} handler is of type {type(given)} instead of ItemHandler")
        self._handler, self._backup = handler, backup
        super().__init__(handler.keys + backup.keys)

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        """The item that has elements."""
        item = self._handler.tensors_to_item(keys_to_tensors)
        empty = equal(reduce_prod(shape_op(item)), 0)
        return cond(empty, lambda: self._backup.tensors_to_item(keys_to_tensors), lambda: item)


class SparseTensor(ItemHandler):
    """A sparse tensor of a feature of indices and one of values.

    Args:
      indices_key: the feature of the indices in the last dimension; "indices" when absent.
      values_key: the feature of the values; "values" when absent.
      shape_key: the feature of the shape.
      shape: the shape, when there is no such feature; that of the indices when absent too.
      densify: whether a dense tensor is made.
      default_value: what stands in it where nothing was.
    """

    def __init__(
        self,
        indices_key: str | None = None,
        values_key: str | None = None,
        shape_key: str | None = None,
        shape: Any = None,
        densify: bool = False,
        default_value: Any = 0,
    ) -> None:
        self._indices_key, self._values_key = indices_key or "indices", values_key or "values"
        self._shape_key, self._shape = shape_key, shape
        self._densify, self._default_value = densify, default_value
        keys = [self._indices_key, self._values_key]
        super().__init__([*keys, shape_key] if shape_key else keys)

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        """The tensor."""
        indices = keys_to_tensors[self._indices_key]
        shape = self._shape or indices.dense_shape
        if self._shape_key:
            shape = _dense(keys_to_tensors[self._shape_key])
        last = reshape(cast(indices.values, dtypes.int64), [-1, 1])
        places = concat([indices.indices[:, :-1], last], 1)
        values = keys_to_tensors[self._values_key].values
        tensor = sparse_tensor.SparseTensor(places, values, shape)
        return sparse_tensor_to_dense(tensor, self._default_value) if self._densify else tensor


class Image(ItemHandler):
    """A decoded image.

    Args:
      image_key: the feature of the image's file; "image/encoded" when absent.
      format_key: the feature of its format; "image/format" when absent. "raw" and "RAW" are the
        bytes of the elements, everything else is told by the file's first bytes.
      shape: the image's shape; [?, ?, channels] when absent.
      channels: how many channels the image has.
      dtype: the type of its elements.
      repeated: whether the feature is a vector of images.
      dct_method: see `tf.image.decode_jpeg`.
    """

    def __init__(
        self,
        image_key: str | None = None,
        format_key: str | None = None,
        shape: Any = None,
        channels: int = 3,
        dtype: Any = dtypes.uint8,
        repeated: bool = False,
        dct_method: str = "",
    ) -> None:
        self._image_key, self._format_key = (
            image_key or "image/encoded",
            format_key or "image/format",
        )
        super().__init__([self._image_key, self._format_key])
        self._shape, self._channels, self._dtype = shape, channels, dtype
        self._repeated, self._dct_method = repeated, dct_method

    def tensors_to_item(self, keys_to_tensors: dict[str, Any]) -> Any:
        """The image, or the images."""
        files, form = keys_to_tensors[self._image_key], keys_to_tensors[self._format_key]
        if not self._repeated:
            return self._decode(files, form)
        return map_fn(lambda file: self._decode(file, form), files, dtype=self._dtype)

    def _decode(self, file: Any, form: Any) -> Any:
        channels, dtype = self._channels, self._dtype

        def any_file() -> Any:
            return cast(decode_image(file, channels=channels), dtype)

        def jpeg() -> Any:
            image = decode_jpeg(file, channels=channels, dct_method=self._dct_method)
            return cast(image, dtype)

        is_raw = logical_or(equal(form, "raw"), equal(form, "RAW"))
        image = case(
            [(is_raw, lambda: decode_raw(file, out_type=dtype))],
            default=lambda: cond(is_jpeg(file), jpeg, any_file, name="cond_jpeg"),
            exclusive=True,
        )
        image.set_shape([None, None, channels])
        return image if self._shape is None else reshape(image, self._shape)


class TFExampleDecoder(data_decoder.DataDecoder):
    """Makes items of a serialized `tf.train.Example`.

    Args:
      keys_to_features: `tf.FixedLenFeature`s, `tf.VarLenFeature`s ... by the features' names.
      items_to_handlers: `ItemHandler`s by the items' names.
    """

    def __init__(
        self, keys_to_features: dict[str, Any], items_to_handlers: dict[str, ItemHandler]
    ) -> None:
        self._keys_to_features, self._items_to_handlers = keys_to_features, items_to_handlers

    def list_items(self) -> list[str]:
        """The names of all items."""
        return list(self._items_to_handlers)

    def decode(self, data: Any, items: Any = None) -> list[Any]:
        """The tensors of items.

        Args:
          data: a serialized example, a scalar string.
          items: the names of the items; all when absent.
        """
        example = parse_single_example(data, self._keys_to_features)
        for key, feature in sorted(self._keys_to_features.items()):
            if isinstance(feature, FixedLenFeature):
                example[key] = reshape(example[key], feature.shape)
        handlers = [self._items_to_handlers[item] for item in items or self.list_items()]
        return [
            handler.tensors_to_item({key: example[key] for key in handler.keys})
            for handler in handlers
        ]
