"""Whole files as strings, and names of files: read, write, match, number shards."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import OpDef, Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import SCALAR, TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.parsing import _files

__all__ = ["matching_files", "read_file", "write_file"]


def all_scalar(op: Operation) -> TensorShape:
    """A shape rule: all inputs and outputs are scalars."""
    for tensor in op.inputs:
        tensor.shape.with_rank(0)
    return SCALAR


def scalar_text(value: Any, what: str) -> bytes:
    """The string in a scalar; InvalidArgumentError when it is none."""
    array = np.asarray(value, object)
    if array.ndim:
        raise InvalidArgumentError(f"{what} must be scalar, but had shape: {list(array.shape)}")
    return array[()]  # type: ignore[no-any-return]


# --- ReadFile, WriteFile --------------------------------------------------------------------------
read_file_op = define(
    "ReadFile", inputs="filename: string", outputs="contents: string", shape=all_scalar,
    traits=Trait.STATEFUL,
).no_gradient()  # fmt: skip


@read_file_op.kernel
def _(_ctx: Any) -> Any:
    def run(filename: Any) -> Any:
        contents = _files.read(scalar_text(filename, "Input filename tensor"))
        return np.array(contents, object)

    return run


write_file_op = define(
    "WriteFile", inputs="filename: string, contents: string", shape=all_scalar,
    traits=Trait.STATEFUL,
).no_gradient()  # fmt: skip


@write_file_op.kernel
def _(_ctx: Any) -> Any:
    def run(filename: Any, contents: Any) -> tuple[()]:
        path = scalar_text(filename, "Input filename tensor")
        _files.write(path, scalar_text(contents, "Contents tensor"))
        return ()

    return run


def read_file(filename: Any, name: str | None = None) -> Tensor:
    """A file's bytes as a scalar string (tf.io.read_file).

    NotFoundError at run time when there is no such file.
    """
    return read_file_op(filename, name=name)  # type: ignore[no-any-return]


def write_file(filename: Any, contents: Any, name: str | None = None) -> Operation:
    """An operation that writes a scalar string to a file, in a directory made if need be.

    (tf.io.write_file)
    """
    return write_file_op(filename, contents, name=name)  # type: ignore[no-any-return]


# --- MatchingFiles --------------------------------------------------------------------------------
matching_files_op = define(
    "MatchingFiles", inputs="pattern: string", outputs="filenames: string", traits=Trait.STATEFUL
).no_gradient()


@matching_files_op.shape
def _(op: Operation) -> TensorShape:
    op.inputs[0].shape.with_rank_at_most(1)
    return TensorShape.of((None,))


@matching_files_op.kernel
def _(_ctx: Any) -> Any:
    def run(patterns: Any) -> Any:
        patterns = np.asarray(patterns, object)
        if patterns.ndim > 1:
            raise InvalidArgumentError(
                "Input patterns tensor must be scalar or vector, but had shape: "
                f"{list(patterns.shape)}"
            )
        found = sorted(path for p in patterns.reshape(-1) for path in _files.matching(p))
        names = np.empty(len(found), object)
        names[:] = found
        return names

    return run


def matching_files(pattern: Any, name: str | None = None) -> Tensor:
    """The paths that match a pattern, or any of a vector of them, sorted (tf.io.matching_files).

    A pattern may have *, ? and [...], which do not match a slash.
    """
    return matching_files_op(pattern, name=name)  # type: ignore[no-any-return]


# --- ShardedFilename, ShardedFilespec -------------------------------------------------------------
def _sharded(op_type: str, more: str, pattern: bytes) -> OpDef:
    op_def = define(
        op_type, inputs=f"basename: string, {more}num_shards: int32", outputs="filename: string",
        shape=all_scalar,
    ).no_gradient()  # fmt: skip

    @op_def.kernel
    def _(_ctx: Any) -> Any:
        def run(basename: Any, *numbers: Any) -> Any:
            name = scalar_text(basename, "basename")
            return np.array(pattern % (name, *[int(n) for n in numbers]), object)

        return run

    return op_def


sharded_filename_op = _sharded("ShardedFilename", "shard: int32, ", b"%s-%05d-of-%05d")
sharded_filespec_op = _sharded("ShardedFilespec", "", b"%s-?????-of-%05d")
