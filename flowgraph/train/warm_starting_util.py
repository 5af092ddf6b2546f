"""Starting from the values of another model: tf.train.warm_start."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from flowgraph.core.collections import GraphKeys
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import get_default_graph
from flowgraph.core.op_def import raw
from flowgraph.platform import file_io
from flowgraph.platform import logging as tf_logging
from flowgraph.train.checkpoint_reader import load_checkpoint, load_variable
from flowgraph.train.checkpoint_utils import (
    init_from_checkpoint,
    is_variable_or_parts,
    set_initializer,
)
from flowgraph.train.object_graph import keys_by_name
from flowgraph.train.saveables import op_list_to_dict
from flowgraph.variables.initializers import zeros_initializer
from flowgraph.variables.partition import PartitionedVariable
from flowgraph.variables.variable import Variable


class _VocabInfo(NamedTuple):
    new_vocab: Any
    new_vocab_size: int
    num_oov_buckets: int
    old_vocab: Any
    old_vocab_size: int
    backup_initializer: Any
    axis: int


class VocabInfo(_VocabInfo):
    """Which words the rows (or columns) of a variable stand for (tf.train.VocabInfo).

    Args:
      new_vocab: the file of the words of the variable, one a line.
      new_vocab_size: how many of them count.
      num_oov_buckets: how many rows there are for other words.
      old_vocab: the file of the words of the checkpoint's tensor.
      old_vocab_size: how many of them count; all when -1.
      backup_initializer: initialises rows of words that the checkpoint has not; zeros when None.
      axis: 0 for rows, 1 for columns.

    Raises:
      ValueError: the axis is another.
    """

    __slots__ = ()

    def __new__(
        cls,
        new_vocab: Any,
        new_vocab_size: int,
        num_oov_buckets: int,
        old_vocab: Any,
        old_vocab_size: int = -1,
        backup_initializer: Any = None,
        axis: int = 0,
    ) -> VocabInfo:
        """A new one; ValueError when the axis is neither 0 nor 1."""
        if axis not in (0, 1):
            raise ValueError(
                "The only supported values for the axis argument are 0 and 1.  Provided axis: "
                f"{axis}"
            )
        return super().__new__(
            cls, new_vocab, new_vocab_size, num_oov_buckets, old_vocab, old_vocab_size,
            backup_initializer, axis,
        )  # fmt: skip


def warm_start(
    ckpt_to_initialize_from: Any,
    vars_to_warm_start: Any = ".*",
    var_name_to_vocab_info: dict[str, VocabInfo] | None = None,
    var_name_to_prev_var_name: dict[str, str] | None = None,
) -> None:
    """Lets variables start from the values of a checkpoint (tf.train.warm_start).

    Args:
      ckpt_to_initialize_from: a checkpoint, or a directory whose newest one counts.
      vars_to_warm_start: a regular expression of names of trainable variables; a list of such, of
        any variables; a list of variables; None: only those of `var_name_to_vocab_info`.
      var_name_to_vocab_info: {name: `VocabInfo`} of variables whose rows are words.
      var_name_to_prev_var_name: {name: name in the checkpoint} where these differ.

    Raises:
      ValueError: an argument is of another kind, or names no variable.
    """
    tf_logging.info("Warm-starting from: %s", ckpt_to_initialize_from)
    variables = _grouped(vars_to_warm_start)
    vocabularies, older = var_name_to_vocab_info or {}, var_name_to_prev_var_name or {}
    renamed = older or _keys_of_objects(ckpt_to_initialize_from, variables)
    plain: dict[str, Any] = {}
    for name, parts in variables.items():
        old_name = renamed.get(name) or name
        if name in vocabularies:
            _start_from_words(parts, ckpt_to_initialize_from, old_name, vocabularies[name])
        elif vars_to_warm_start:
            plain[old_name] = parts[0] if len(parts) == 1 and not _is_part(parts[0]) else parts
    init_from_checkpoint(ckpt_to_initialize_from, plain)
    tf_logging.info("Warm-started %d variables.", len(plain) + len(vocabularies))
    for what, given in (
        ("var_name_to_prev_var_name", older), ("var_name_to_vocab_info", vocabularies),
    ):  # fmt: skip
        unused = set(given) - set(variables)
        if unused:
            raise ValueError(
                f"You provided the following variables in {what} that were not used: {unused}.  "
                f"Perhaps you misspelled them?  Here is the list of viable variable names: "
                f"{list(variables)}"
            )


def _keys_of_objects(source: Any, names: Any) -> dict[str, str]:
    """What a checkpoint of objects calls variables; nothing where it is one by name.

    ValueError when it lacks one.
    """
    keys = keys_by_name(load_checkpoint(source))
    if keys is None:
        return {}
    missing = sorted(set(names) - set(keys))
    if missing:
        raise ValueError(
            "Attempting to warm-start from an object-based checkpoint, but found that the "
            f"checkpoint did not contain values for all variables. Missing: {missing}"
        )
    return {name: keys[name] for name in names}


def _is_part(variable: Any) -> bool:
    return variable._get_save_slice_info() is not None


def _grouped(wanted: Any) -> dict[str, list[Any]]:
    """{name: the variable, or its parts}."""
    graph = get_default_graph()
    if isinstance(wanted, str) or wanted is None:
        tf_logging.info("Warm-starting variables only in TRAINABLE_VARIABLES.")
        found = graph.get_collection(GraphKeys.TRAINABLE_VARIABLES, scope=wanted)
    elif not isinstance(wanted, list):
        raise ValueError(
            f"`vars_to_warm_start must be a `list` or `str`.  Given type is {type(wanted)}"
        )
    elif all(isinstance(v, str) for v in wanted):
        found = [
            v for scope in wanted for v in graph.get_collection(GraphKeys.GLOBAL_VARIABLES, scope)
        ]
    elif all(isinstance(v, PartitionedVariable) or is_variable_or_parts(v) for v in wanted):
        found = wanted
    else:
        raise ValueError(
            "If `vars_to_warm_start` is a list, it must be all `Variable` or all `str`.  Given "
            f"types are {[type(v) for v in wanted]}"
        )
    grouped: dict[str, list[Any]] = {}
    for variable in found:
        parts = variable if isinstance(variable, (list, PartitionedVariable)) else [variable]
        for part in parts:
            (name,) = op_list_to_dict([part])
            grouped.setdefault(name, []).append(part)
    return grouped


# --- words ----------------------------------------------------------------------------------------
def _start_from_words(parts: list[Variable], source: Any, name: str, info: VocabInfo) -> None:
    """Lets rows (or columns) start from the rows of the same words in a checkpoint."""
    value = np.asarray(load_variable(source, name))
    old = {word: i for i, word in enumerate(_words(info.old_vocab, info.old_vocab_size))}
    new = _words(info.new_vocab, info.new_vocab_size)
    places = np.array([old.get(word, -1) for word in new] + [-1] * info.num_oov_buckets)
    known = places >= 0
    whole = np.take(value, np.where(known, places, 0), axis=info.axis)
    initializer = info.backup_initializer or zeros_initializer()
    for part in parts:
        shape = part.get_shape().as_list()
        slice_info = part._get_save_slice_info()
        begin = slice_info.var_offset if slice_info is not None else [0] * len(shape)
        window = tuple(slice(b, b + n) for b, n in zip(begin, shape, strict=True))
        rows = known[window[info.axis]]
        mask = np.broadcast_to(np.expand_dims(rows, 1 - info.axis), shape)
        backup = convert_to_tensor(initializer(shape, dtype=part.dtype.base_dtype))
        start = raw.Select(mask, whole[window].astype(part.dtype.as_numpy_dtype), backup)
        set_initializer(part, start, part.assign(start))


def _words(path: Any, size: int) -> list[str]:
    words = file_io.read_file_to_string(path).splitlines()
    if size > len(words):
        raise ValueError(f"{path}: expected at least {size} words, found {len(words)}")
    return words if size < 0 else words[:size]
