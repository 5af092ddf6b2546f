"""Making a session whose variables are ready: initialised, restored, or made so by others."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph.core import errors
from flowgraph.core.graph import Graph, get_default_graph
from flowgraph.platform import logging as tf_logging
from flowgraph.runtime.session import Session
from flowgraph.train import checkpoint_management as management


class SessionManager:
    """Makes sessions that are ready for training (tf.train.SessionManager).

    Args:
      local_init_op: is run in each new session.
      ready_op: gives the names of what is not ready, a string vector.
      ready_for_local_init_op: likewise, of what `local_init_op` needs.
      graph: the graph; the default graph when None.
      recovery_wait_secs: how long to wait before looking again.
      local_init_run_options: the `RunOptions` of `local_init_op`.
      local_init_feed_dict: what is fed to it.

    Raises:
      ValueError: `ready_for_local_init_op` without `local_init_op`.
    """

    def __init__(
        self,
        local_init_op: Any = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        graph: Graph | None = None,
        recovery_wait_secs: float = 30,
        local_init_run_options: Any = None,
        local_init_feed_dict: Any = None,
    ) -> None:
        self._graph = get_default_graph() if graph is None else graph
        self._local_init_op, self._ready_op = local_init_op, ready_op
        self._ready_for_local_init_op = ready_for_local_init_op
        self._recovery_wait_secs = recovery_wait_secs
        self._local_init_run_options = local_init_run_options
        self._local_init_feed_dict = local_init_feed_dict
        if ready_for_local_init_op is not None and local_init_op is None:
            raise ValueError(
                "If you pass a ready_for_local_init_op you must also pass a local_init_op , "
                f"ready_for_local_init_op [{ready_for_local_init_op}]"
            )

    # --- restoring -----------------------------------------------------------------------------
    def _restore_checkpoint(
        self,
        master: str,
        saver: Any = None,
        checkpoint_dir: Any = None,
        checkpoint_filename_with_path: Any = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
    ) -> tuple[Session, bool]:
        """(a new session, whether a checkpoint was restored)."""
        if checkpoint_dir and checkpoint_filename_with_path:
            raise ValueError(
                "Can not provide both checkpoint_dir and checkpoint_filename_with_path."
            )
        session = Session(master, graph=self._graph, config=config)
        if not saver or not (checkpoint_dir or checkpoint_filename_with_path):
            return session, False
        if checkpoint_filename_with_path:
            saver.restore(session, checkpoint_filename_with_path)
            return session, True
        waited = 0.0
        state = management.get_checkpoint_state(checkpoint_dir)
        while not state or not state.model_checkpoint_path:
            if not wait_for_checkpoint or waited >= max_wait_secs:
                return session, False
            tf_logging.info("Waiting for checkpoint to be available.")
            time.sleep(self._recovery_wait_secs)
            waited += self._recovery_wait_secs
            state = management.get_checkpoint_state(checkpoint_dir)
        saver.restore(session, state.model_checkpoint_path)
        saver.recover_last_checkpoints(state.all_model_checkpoint_paths)
        return session, True

    def prepare_session(
        self,
        master: str,
        init_op: Any = None,
        saver: Any = None,
        checkpoint_dir: Any = None,
        checkpoint_filename_with_path: Any = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
        init_feed_dict: Any = None,
        init_fn: Callable[[Any], Any] | None = None,
    ) -> Session:
        """A session that was restored from the newest checkpoint, or else initialised.

        Args:
          master: the session's target.
          init_op: is run when there is no checkpoint.
          saver: restores.
          checkpoint_dir: the directory of checkpoints.
          checkpoint_filename_with_path: one checkpoint, instead.
          wait_for_checkpoint: whether to wait for one.
          max_wait_secs: how long.
          config: a `ConfigProto`.
          init_feed_dict: what is fed to `init_op`.
          init_fn: a function of the session, called after `init_op`.

        Raises:
          RuntimeError: there is nothing to initialise with, or the model is not ready after it.
          ValueError: both a directory and a checkpoint are given.
        """
        session, restored = self._restore_checkpoint(
            master, saver, checkpoint_dir, checkpoint_filename_with_path, wait_for_checkpoint,
            max_wait_secs, config,
        )  # fmt: skip
        if not restored:
            if init_op is None and not init_fn and self._local_init_op is None:
                raise RuntimeError(
                    "Model is not initialized and no init_op or init_fn or local_init_op was given"
                )
            if init_op is not None:
                session.run(init_op, feed_dict=init_feed_dict)
            if init_fn:
                init_fn(session)
        told = f"Init op: {_name(init_op)}, init fn: {init_fn}"
        done, why = self._try_run_local_init_op(session)
        if not done:
            raise RuntimeError(
                f"Init operations did not make model ready for local_init.  {told}, error: {why}"
            )
        is_ready, why = self._model_ready(session)
        if not is_ready:
            raise RuntimeError(
                f"Init operations did not make model ready.  {told}, local_init_op: "
                f"{self._local_init_op}, error: {why}"
            )
        return session

    def recover_session(
        self,
        master: str,
        saver: Any = None,
        checkpoint_dir: Any = None,
        checkpoint_filename_with_path: Any = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
    ) -> tuple[Session, bool]:
        """(a session, whether it was restored from a checkpoint and is ready).

        Args are those of `prepare_session`.
        """
        session, restored = self._restore_checkpoint(
            master, saver, checkpoint_dir, checkpoint_filename_with_path, wait_for_checkpoint,
            max_wait_secs, config,
        )  # fmt: skip
        done, why = self._try_run_local_init_op(session)
        if not restored:
            return session, False
        source = checkpoint_dir or checkpoint_filename_with_path
        if not done:
            tf_logging.info(
                "Restoring model from %s did not make model ready for local init: %s", source, why
            )
            return session, False
        is_ready, why = self._model_ready(session)
        if not is_ready:
            tf_logging.info("Restoring model from %s did not make model ready: %s", source, why)
            return session, False
        tf_logging.info("Restored model from %s", source)
        return session, True

    def wait_for_session(
        self, master: str, config: Any = None, max_wait_secs: float | None = float("inf")
    ) -> Session:
        """A session of a model that others make ready; waits for them.

        Args:
          master: the session's target.
          config: a `ConfigProto`.
          max_wait_secs: how long to wait.

        Raises:
          tf.errors.DeadlineExceededError: the model is not ready in time.
        """
        limit = float("inf") if max_wait_secs is None else max_wait_secs
        end = time.monotonic() + limit
        while True:
            session = Session(master, graph=self._graph, config=config)
            why_not = None
            done, why_not_local = self._try_run_local_init_op(session)
            if done:
                is_ready, why_not = self._model_ready(session)
                if is_ready:
                    return session
            self._safe_close(session)
            if end - time.monotonic() < self._recovery_wait_secs:
                raise errors.DeadlineExceededError(
                    None, None, f"Session was not ready after waiting {limit} secs."
                )
            tf_logging.info(
                "Waiting for model to be ready.  Ready_for_local_init_op:  %s, ready: %s",
                why_not_local, why_not,
            )  # fmt: skip
            time.sleep(self._recovery_wait_secs)

    # --- looking -------------------------------------------------------------------------------
    def _safe_close(self, session: Session) -> None:
        with contextlib.suppress(errors.OpError, RuntimeError):
            session.close()

    def _model_ready(self, session: Session) -> tuple[bool, str | None]:
        return _ready(self._ready_op, session, "Model not ready")

    def _model_ready_for_local_init(self, session: Session) -> tuple[bool, str | None]:
        return _ready(self._ready_for_local_init_op, session, "Model not ready for local init")

    def _try_run_local_init_op(self, session: Session) -> tuple[bool, str | None]:
        """(whether it was run, or there is none; why not)."""
        if self._local_init_op is None:
            return True, None
        is_ready, why = self._model_ready_for_local_init(session)
        if not is_ready:
            return False, why
        tf_logging.info("Running local_init_op.")
        session.run(
            self._local_init_op,
            feed_dict=self._local_init_feed_dict,
            options=self._local_init_run_options,
        )
        tf_logging.info("Done running local_init_op.")
        return True, None


def _name(op: Any) -> Any:
    if op is None:
        return "None"
    return getattr(op, "name", f"<no name for {type(op)}>")


def _ready(op: Any, session: Session, what: str) -> tuple[bool, str | None]:
    """(whether an operation finds nothing missing, what is missing)."""
    if op is None:
        return True, None
    try:
        missing = session.run(op)
    except errors.FailedPreconditionError as error:
        if "uninitialized" not in str(error):
            tf_logging.warning("%s : error [%s]", what, error)
            raise
        return False, str(error)
    if missing is None or missing.dtype == np.int32 or missing.size == 0:
        return True, None
    names = ", ".join(name.decode() for name in missing)
    return False, f"Variables not initialized: {names}"
