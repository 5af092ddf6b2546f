"""From what an Estimator starts: another model's values."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import flowgraph as tf
from flowgraph.platform import logging


class _WarmStartSettings(NamedTuple):
    ckpt_to_initialize_from: Any
    vars_to_warm_start: Any
    var_name_to_vocab_info: Any
    var_name_to_prev_var_name: Any


class WarmStartSettings(_WarmStartSettings):
    """The arguments of `tf.train.warm_start` (tf.estimator.WarmStartSettings).

    ValueError when there is no checkpoint.
    """

    __slots__ = ()

    def __new__(
        cls, ckpt_to_initialize_from: Any, vars_to_warm_start: Any = ".*",
        var_name_to_vocab_info: Any = None, var_name_to_prev_var_name: Any = None,
    ) -> WarmStartSettings:  # fmt: skip
        """A new one, checked."""
        if not ckpt_to_initialize_from:
            raise ValueError("`ckpt_to_initialize_from` MUST be set in WarmStartSettings")
        return super().__new__(
            cls, ckpt_to_initialize_from, vars_to_warm_start, var_name_to_vocab_info or {},
            var_name_to_prev_var_name or {},
        )  # fmt: skip


def settings_of(warm_start_from: Any) -> WarmStartSettings | None:
    """The settings that a checkpoint, a SavedModel's directory or settings themselves mean.

    ValueError when it is none of these.
    """
    if warm_start_from is None or isinstance(warm_start_from, WarmStartSettings):
        return warm_start_from
    if isinstance(warm_start_from, os.PathLike):
        warm_start_from = os.fspath(warm_start_from)
    if not isinstance(warm_start_from, (str, bytes)):
        raise ValueError(
            "warm_start_from must be a string or a WarmStartSettings, instead got "
            f"{type(warm_start_from)}"
        )
    values = os.path.join(os.fsdecode(warm_start_from), "variables", "variables")
    if tf.gfile.Exists(f"{values}.index"):
        logging.info("Warm-starting from a SavedModel")
        return WarmStartSettings(values)
    return WarmStartSettings(warm_start_from)


def start(settings: WarmStartSettings) -> None:
    """Lets the graph's variables start from it."""
    logging.info("Warm-starting with WarmStartSettings: %s", settings)
    tf.train.warm_start(*settings)
