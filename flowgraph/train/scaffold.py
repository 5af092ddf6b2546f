"""`tf.train.Scaffold`: the operations that start, check and save a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph import get_default_graph
from flowgraph.ops.control.basic import group
from flowgraph.platform import logging as tf_logging
from flowgraph.train.saver import get_saver_or_default
from flowgraph.variables.initialization import (
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
)
from flowgraph.variables.table_initializers import tables_initializer
from flowgraph.variables.variable import global_variables


class Scaffold:
    """Holds what a model needs to be started, checked and saved (tf.train.Scaffold).

    What is None is taken from the graph's collection of that name when the scaffold is finalised,
    or made and put there.

    Args:
      init_op: initialises the model.
      init_feed_dict: what is fed to it.
      init_fn: a function of (scaffold, session), called after it.
      ready_op: gives the names of what is not ready.
      ready_for_local_init_op: likewise, of what `local_init_op` needs.
      local_init_op: initialises what each session has for itself.
      summary_op: gives the summaries.
      saver: saves.
      copy_from_scaffold: another scaffold, for what is None.
      local_init_feed_dict: what is fed to `local_init_op`.
    """

    def __init__(
        self,
        init_op: Any = None,
        init_feed_dict: Any = None,
        init_fn: Callable[[Any, Any], Any] | None = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        local_init_op: Any = None,
        summary_op: Any = None,
        saver: Any = None,
        copy_from_scaffold: Scaffold | None = None,
        local_init_feed_dict: Any = None,
    ) -> None:
        given = {
            "init_op": init_op, "init_feed_dict": init_feed_dict, "user_init_fn": init_fn,
            "ready_op": ready_op, "ready_for_local_init_op": ready_for_local_init_op,
            "local_init_op": local_init_op, "summary_op": summary_op, "saver": saver,
            "local_init_feed_dict": local_init_feed_dict,
        }  # fmt: skip
        if copy_from_scaffold is not None:
            if not isinstance(copy_from_scaffold, Scaffold):
                raise TypeError("copy_from_scaffold is not a Scaffold instance.")
            other = copy_from_scaffold
            given = {k: getattr(other, f"_{k}") if v is None else v for k, v in given.items()}
        for key, value in given.items():
            setattr(self, f"_{key}", value)

    def finalize(self) -> Scaffold:
        """Makes what is missing, and makes the graph read-only."""
        for name, key, make in _DEFAULTS:
            if getattr(self, f"_{name}") is None:
                setattr(self, f"_{name}", Scaffold.get_or_default(name, key, make))
        if self._saver is None:
            self._saver = get_saver_or_default()
        if hasattr(self._saver, "as_saver"):  # an object-based checkpoint
            self._saver = self._saver.as_saver()
        self._saver.build()
        get_default_graph().finalize()
        tf_logging.info("Graph was finalized.")
        return self

    _saver: Any
    _user_init_fn: Any

    @property
    def init_fn(self) -> Any:
        """A function of the session, or None."""
        given = self._user_init_fn
        return (lambda session: given(self, session)) if given else None

    @property
    def init_op(self) -> Any:
        """Initialises the model."""
        return self._init_op  # type: ignore[attr-defined]

    @property
    def ready_op(self) -> Any:
        """Gives the names of what is not ready."""
        return self._ready_op  # type: ignore[attr-defined]

    @property
    def ready_for_local_init_op(self) -> Any:
        """Gives the names of what `local_init_op` needs and is not ready."""
        return self._ready_for_local_init_op  # type: ignore[attr-defined]

    @property
    def local_init_op(self) -> Any:
        """Initialises what each session has for itself."""
        return self._local_init_op  # type: ignore[attr-defined]

    @property
    def local_init_feed_dict(self) -> Any:
        """What is fed to `local_init_op`."""
        return self._local_init_feed_dict  # type: ignore[attr-defined]

    @property
    def summary_op(self) -> Any:
        """Gives the summaries."""
        return self._summary_op  # type: ignore[attr-defined]

    @property
    def saver(self) -> Any:
        """Saves."""
        return self._saver

    @property
    def init_feed_dict(self) -> Any:
        """What is fed to `init_op`."""
        return self._init_feed_dict  # type: ignore[attr-defined]

    @staticmethod
    def get_or_default(arg_name: str, collection_key: str, default_constructor: Any) -> Any:
        """What a collection holds, or what is made and put there.

        RuntimeError when it holds several.
        """
        graph = get_default_graph()
        found = graph.get_collection(collection_key)
        if len(found) > 1:
            raise RuntimeError(
                f'More than one item in the collection "{collection_key}". Please indicate which '
                f"one to use by passing it to the tf.Scaffold constructor as:  "
                f"tf.Scaffold({arg_name}=item to use)"
            )
        if found:
            return found[0]
        made = default_constructor()
        if made is not None:
            graph.add_to_collection(collection_key, made)
        return made

    @staticmethod
    def default_local_init_op() -> Any:
        """An operation that initialises local variables and tables."""
        return group(local_variables_initializer(), tables_initializer())


def _merged_summaries() -> Any:
    from flowgraph import summary

    return summary.merge_all()


def _missing_globals() -> Any:
    return report_uninitialized_variables(global_variables())


_DEFAULTS: tuple[tuple[str, str, Callable[[], Any]], ...] = (
    ("init_op", GraphKeys.INIT_OP, lambda: group(global_variables_initializer())),
    ("ready_op", GraphKeys.READY_OP, report_uninitialized_variables),
    ("ready_for_local_init_op", GraphKeys.READY_FOR_LOCAL_INIT_OP, _missing_globals),
    ("local_init_op", GraphKeys.LOCAL_INIT_OP, Scaffold.default_local_init_op),
    ("summary_op", GraphKeys.SUMMARY_OP, _merged_summaries),
)
