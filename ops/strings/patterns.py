"""Regular expressions: replace what matches, tell whether all matches.

The pattern is an input (RegexReplace) or, when it is a Python string, an attribute of the node
(StaticRegexReplace), as in TensorFlow. The syntax is Python's, which agrees with RE2's in common
patterns. Strings that are UTF-8 are matched by characters, others by bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from flowgraph.core import attrs
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.op_def import define, like
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.strings.elementwise import each

__all__ = ["regex_full_match", "regex_replace"]

_GLOBAL = attrs.boolean(True)


def _pattern_is_scalar(op: Operation) -> TensorShape:
    for tensor in op.inputs[1:]:
        tensor.shape.with_rank(0)
    return op.inputs[0].shape


regex_replace_op = define(
    "RegexReplace",
    inputs="input: string, pattern: string, rewrite: string",
    outputs="output: string",
    attrs={"replace_global": _GLOBAL},
    shape=_pattern_is_scalar,
).no_gradient()
static_regex_replace_op = define(
    "StaticRegexReplace",
    inputs="input: string",
    outputs="output: string",
    attrs={"pattern": attrs.string(), "rewrite": attrs.string(), "replace_global": _GLOBAL},
    shape=like("input"),
).no_gradient()
regex_full_match_op = define(
    "RegexFullMatch",
    inputs="input: string, pattern: string",
    outputs="output: bool",
    shape=_pattern_is_scalar,
).no_gradient()
static_regex_full_match_op = define(
    "StaticRegexFullMatch",
    inputs="input: string",
    outputs="output: bool",
    attrs={"pattern": attrs.string()},
    shape=like("input"),
).no_gradient()


# --- expressions ----------------------------------------------------------------------------------
@lru_cache(maxsize=64)
def _compiled(pattern: str) -> tuple[re.Pattern[str], re.Pattern[bytes]]:
    """The pattern for texts and for strings that are not UTF-8."""
    python = _end_of_text(pattern)
    try:
        return re.compile(python, re.ASCII), re.compile(python.encode("utf-8", "surrogateescape"))
    except re.error as error:
        raise InvalidArgumentError(f"Invalid pattern: {pattern}, error: {error}") from None


def _end_of_text(pattern: str) -> str:
    r"""The pattern with RE2's $ and \z, the very end, in Python's words.

    Inside of brackets a $ stands for itself; in a multi-line pattern it is the end of a line.
    """
    multiline = re.match(r"\(\?[a-zA-Z]*m[a-zA-Z]*\)", pattern) is not None
    parts, in_set = [], False
    for part in re.findall(r"\\.|.", pattern, re.DOTALL):
        if part == r"\z" or (part == "$" and not in_set and not multiline):
            part = r"\Z"
        in_set = part == "[" or (in_set and part != "]")
        parts.append(part)
    return "".join(parts)


def _text_of(value: Any) -> str:
    array = np.asarray(value, object)
    if array.ndim:
        raise InvalidArgumentError(
            f"Pattern and rewrite must be scalars, but received shape {list(array.shape)}"
        )
    return array.item().decode("utf-8", "surrogateescape")  # type: ignore[no-any-return]


def _text(s: bytes) -> str | None:
    try:
        return s.decode()
    except UnicodeDecodeError:
        return None


# --- replacing ------------------------------------------------------------------------------------
def _replacer(pattern: str, rewrite: str, everywhere: bool) -> Callable[[bytes], bytes]:
    for_text, for_bytes = _compiled(pattern)
    pieces = re.findall(r"\\(\d|\\)|([^\\]+)", rewrite)
    if "".join(f"\\{a}" if a else b for a, b in pieces) != rewrite:
        raise InvalidArgumentError(f"Invalid rewrite string: {rewrite!r}")
    groups = [int(a) for a, _ in pieces if a.isdigit()]
    if max(groups, default=0) > for_text.groups:
        raise InvalidArgumentError(
            f"Invalid rewrite: it names group {max(groups)}, and the pattern {pattern!r} has only "
            f"{for_text.groups}"
        )

    def expand(match: re.Match[Any]) -> Any:
        empty = match.string[:0]
        made = [
            (match.group(int(a)) or empty) if a.isdigit() else ("\\" if a else b)
            for a, b in pieces
        ]  # fmt: skip
        if isinstance(empty, str):
            return "".join(made)
        return b"".join(p.encode() if isinstance(p, str) else p for p in made)

    count = 0 if everywhere else 1

    def replace(s: bytes) -> bytes:
        text = _text(s)
        if text is None:
            return for_bytes.sub(expand, s, count=count)
        return for_text.sub(expand, text, count=count).encode()

    return replace


@regex_replace_op.kernel
def _(ctx: Any) -> Any:
    everywhere = ctx.attrs["replace_global"]

    def run(x: Any, pattern: Any, rewrite: Any) -> Any:
        return each(_replacer(_text_of(pattern), _text_of(rewrite), everywhere))(x)

    return run


@static_regex_replace_op.kernel
def _(ctx: Any) -> Any:
    return each(_replacer(ctx.attrs["pattern"], ctx.attrs["rewrite"], ctx.attrs["replace_global"]))


def regex_replace(
    input: Any, pattern: Any, rewrite: Any, replace_global: bool = True, name: str | None = None
) -> Tensor:
    r"""Replaces what a regular expression matches; \1 stands for its first group, \0 for all.

    (tf.strings.regex_replace)

    Args:
      input: strings of any shape.
      pattern: a Python string, or a scalar string tensor.
      rewrite: likewise.
      replace_global: whether all matches are replaced, or the first one only.
      name: the operation's name.

    Raises:
      InvalidArgumentError: at run time, for a pattern that is none.
    """
    if isinstance(pattern, (str, bytes)) and isinstance(rewrite, (str, bytes)):
        return static_regex_replace_op(  # type: ignore[no-any-return]
            input, pattern=pattern, rewrite=rewrite, replace_global=replace_global, name=name
        )
    return regex_replace_op(  # type: ignore[no-any-return]
        input, pattern, rewrite, replace_global=replace_global, name=name
    )


# --- matching -------------------------------------------------------------------------------------
def _matcher(pattern: str) -> Callable[[Any], Any]:
    for_text, for_bytes = _compiled(pattern)

    def matches(s: bytes) -> bool:
        text = _text(s)
        found: Any = for_bytes.fullmatch(s) if text is None else for_text.fullmatch(text)
        return found is not None

    return each(matches, bool)


@regex_full_match_op.kernel
def _(ctx: Any) -> Any:
    return lambda x, pattern: _matcher(_text_of(pattern))(x)


@static_regex_full_match_op.kernel
def _(ctx: Any) -> Any:
    return _matcher(ctx.attrs["pattern"])


def regex_full_match(input: Any, pattern: Any, name: str | None = None) -> Tensor:
    """Whether a regular expression matches the whole string (tf.strings.regex_full_match)."""
    if isinstance(pattern, (str, bytes)):
        return static_regex_full_match_op(input, pattern=pattern, name=name)  # type: ignore[no-any-return]
    return regex_full_match_op(input, pattern, name=name)  # type: ignore[no-any-return]
