"""`tf.app`: runs a program's main function with its flags parsed."""

from __future__ import annotations

import logging as _logging
import sys
from collections.abc import Callable, Sequence
from typing import Any

from absl import app as _app
from absl import logging as _absl_logging

from flowgraph.platform import flags
from flowgraph.platform import logging as _tf_logging

__all__ = ["flags", "run"]


def _parse(argv: Sequence[str] | None) -> list[str]:
    """Parses the flags; unknown ones are left to main. Errors end the program with its usage."""
    # absl has put its handler on the root logger by now: what tf.logging prints is not for it.
    _absl_logging.get_absl_handler().addFilter(_not_ours)
    try:
        return list(flags.FLAGS(sys.argv if argv is None else argv, known_only=True))
    except flags.Error as error:
        print(f"FATAL Flags parsing error:\n  {error}", file=sys.stderr)
        print("Pass --helpshort or --helpfull to see help on flags.", file=sys.stderr)
        sys.exit(1)


def _not_ours(record: _logging.LogRecord) -> bool:
    return record.name != _tf_logging.NAME or not _tf_logging.get_logger().handlers


def run(main: Callable[[Any], Any] | None = None, argv: Sequence[str] | None = None) -> None:
    """Parses the flags, calls `main` and ends the program with what it returns (tf.app.run).

    Args:
        main: gets a list of the program's name and the arguments that are no known flag;
            `main` of the script when it is not given.
        argv: the command line; `sys.argv` when it is not given.
    """
    main = main or sys.modules["__main__"].main
    _tf_logging.get_logger()
    _app.run(main=main, argv=argv, flags_parser=_parse)
