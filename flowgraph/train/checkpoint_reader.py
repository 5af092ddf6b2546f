"""What is in a checkpoint, read without a graph."""

from __future__ import annotations

import os
from typing import Any

from flowgraph.core.dtypes import DType
from flowgraph.ops.checkpoint.save_restore import open_checkpoint
from flowgraph.platform import file_io
from flowgraph.train import checkpoint_management as management


class CheckpointReader:
    """Reads the tensors of a checkpoint (what tf.train.NewCheckpointReader gives).

    Raises:
      NotFoundError: there is no such checkpoint.
      DataLossError: it is damaged.
    """

    def __init__(self, filepattern: Any) -> None:
        self._reader = open_checkpoint(os.fsdecode(filepattern))

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        """{name: shape} of all tensors."""
        reader = self._reader
        return {name: list(reader.entry(name).shape) for name in reader.names()}

    def get_variable_to_dtype_map(self) -> dict[str, DType]:
        """{name: dtype} of all tensors."""
        return {name: self._reader.entry(name).dtype for name in self._reader.names()}

    _GetVariableToDataTypeMap = get_variable_to_dtype_map

    def has_tensor(self, tensor_str: str) -> bool:
        """Whether there is a tensor of that name."""
        return self._reader.has(tensor_str)

    def get_tensor(self, tensor_str: str) -> Any:
        """A tensor's value; a string when it is a scalar string. NotFoundError without one."""
        value = self._reader.read(tensor_str)
        return value[()] if value.dtype.kind == "O" and not value.ndim else value

    def debug_string(self) -> bytes:
        """A line for each tensor: name, dtype, shape."""
        kinds = self.get_variable_to_dtype_map()
        shapes = self.get_variable_to_shape_map()
        lines = [
            f"{name} ({_enum_name(kinds[name])}) [{','.join(map(str, shapes[name]))}]"
            for name in sorted(kinds)
        ]
        return "\n".join([*lines, ""]).encode()


def _enum_name(dtype: DType) -> str:
    return {"float32": "DT_FLOAT", "float64": "DT_DOUBLE", "float16": "DT_HALF"}.get(
        dtype.name, f"DT_{dtype.name.upper()}"
    )


def NewCheckpointReader(filepattern: Any) -> CheckpointReader:
    """A reader of a checkpoint's tensors (tf.train.NewCheckpointReader)."""
    return CheckpointReader(filepattern)


def checkpoint_filename(ckpt_dir_or_file: Any) -> str | None:
    """The checkpoint itself, or the newest one of a directory."""
    if file_io.is_directory(ckpt_dir_or_file):
        return management.latest_checkpoint(ckpt_dir_or_file)
    return os.fsdecode(ckpt_dir_or_file)


def load_checkpoint(ckpt_dir_or_file: Any) -> CheckpointReader:
    """A reader of a checkpoint, or of the newest one of a directory (tf.train.load_checkpoint).

    ValueError when the directory has none.
    """
    prefix = checkpoint_filename(ckpt_dir_or_file)
    if prefix is None:
        raise ValueError(
            f"Couldn't find 'checkpoint' file or checkpoints in given directory {ckpt_dir_or_file}"
        )
    return CheckpointReader(prefix)


def load_variable(ckpt_dir_or_file: Any, name: str) -> Any:
    """The value of a tensor of a checkpoint (tf.train.load_variable)."""
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


def list_variables(ckpt_dir_or_file: Any) -> list[tuple[str, list[int]]]:
    """[(name, shape)] of a checkpoint's tensors, by name (tf.train.list_variables)."""
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())
