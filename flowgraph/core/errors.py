"""The error classes of tf.errors, and the one place that words an error about an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flowgraph.core.operation import Operation

OK = 0
CANCELLED = 1
UNKNOWN = 2
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
ALREADY_EXISTS = 6
PERMISSION_DENIED = 7
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
ABORTED = 10
OUT_OF_RANGE = 11
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14
DATA_LOSS = 15
UNAUTHENTICATED = 16


class OpError(Exception):
    """An error of a running graph (tf.errors.OpError): `op`, `node_def`, `message`, `error_code`.

    The classes below it also take a lone message, which a kernel raises; the runtime adds the op.
    """

    code = UNKNOWN

    def __init__(self, node_def: Any, op: Any, message: str, error_code: int | None = None) -> None:
        super().__init__(message)
        self._node_def = node_def
        self._op = op
        self._message = message
        self._error_code = self.code if error_code is None else error_code

    @property
    def message(self) -> str:
        """What went wrong."""
        return self._message

    @property
    def op(self) -> Operation | None:
        """The operation that failed, where one is known."""
        return self._op  # type: ignore[no-any-return]

    @property
    def node_def(self) -> Any:
        """The failed operation's definition, where one is known."""
        if self._node_def is None and self._op is not None:
            return self._op.node_def  # made only when somebody asks
        return self._node_def

    @property
    def error_code(self) -> int:
        """TensorFlow's number of this kind of error."""
        return self._error_code

    def __str__(self) -> str:
        return self._message


class _CodedError(OpError):
    def __init__(self, node_def: Any, op: Any = None, message: str | None = None) -> None:
        if message is None:  # raised by a kernel with its message alone
            node_def, op, message = None, None, node_def
        super().__init__(node_def, op, message, self.code)


class CancelledError(_CodedError):
    """The run or the operation was cancelled (tf.errors.CancelledError)."""

    code = CANCELLED


class UnknownError(_CodedError):
    """An error that fits no other class (tf.errors.UnknownError)."""

    code = UNKNOWN


class InvalidArgumentError(_CodedError):
    """An operation got an argument that it cannot work with (tf.errors.InvalidArgumentError)."""

    code = INVALID_ARGUMENT


class DeadlineExceededError(_CodedError):
    """A run took longer than its timeout (tf.errors.DeadlineExceededError)."""

    code = DEADLINE_EXCEEDED


class NotFoundError(_CodedError):
    """Something that was asked for, a file say, does not exist (tf.errors.NotFoundError)."""

    code = NOT_FOUND


class AlreadyExistsError(_CodedError):
    """Something to be made exists already (tf.errors.AlreadyExistsError)."""

    code = ALREADY_EXISTS


class PermissionDeniedError(_CodedError):
    """The caller may not do this (tf.errors.PermissionDeniedError)."""

    code = PERMISSION_DENIED


class ResourceExhaustedError(_CodedError):
    """Memory or another resource ran out (tf.errors.ResourceExhaustedError)."""

    code = RESOURCE_EXHAUSTED


class FailedPreconditionError(_CodedError):
    """The state is not ready, as with an uninitialised variable (FailedPreconditionError)."""

    code = FAILED_PRECONDITION


class AbortedError(_CodedError):
    """An operation was aborted, by a race as a rule (tf.errors.AbortedError)."""

    code = ABORTED


class OutOfRangeError(_CodedError):
    """An operation went past the end of its input (tf.errors.OutOfRangeError)."""

    code = OUT_OF_RANGE


class UnimplementedError(_CodedError):
    """The operation does not support what was asked (tf.errors.UnimplementedError)."""

    code = UNIMPLEMENTED


class InternalError(_CodedError):
    """An invariant of flowgraph itself was broken (tf.errors.InternalError)."""

    code = INTERNAL


class UnavailableError(_CodedError):
    """The runtime is not available now (tf.errors.UnavailableError)."""

    code = UNAVAILABLE


class DataLossError(_CodedError):
    """Data was lost or is corrupt (tf.errors.DataLossError)."""

    code = DATA_LOSS


class UnauthenticatedError(_CodedError):
    """The request has no valid credentials (tf.errors.UnauthenticatedError)."""

    code = UNAUTHENTICATED


_CLASSES: dict[int, type[_CodedError]] = {c.code: c for c in _CodedError.__subclasses__()}


def exception_type_from_error_code(code: int) -> type[_CodedError]:
    """The error class of TensorFlow's number `code`."""
    return _CLASSES[code]


def error_code_from_exception_type(cls: type[OpError]) -> int:
    """TensorFlow's number of an error class."""
    return cls.code


_FROM_PYTHON: tuple[tuple[type[BaseException], type[_CodedError]], ...] = (
    (MemoryError, ResourceExhaustedError),
    (FileNotFoundError, NotFoundError),
    (PermissionError, PermissionDeniedError),
    (ValueError, InvalidArgumentError),
    (TypeError, InvalidArgumentError),
    (IndexError, InvalidArgumentError),
    (ZeroDivisionError, InvalidArgumentError),
    (StopIteration, OutOfRangeError),
    (NotImplementedError, UnimplementedError),
)


def of_operation(error: BaseException, op: Operation, inputs: str = "") -> OpError:
    """Words the failure of a running operation: what, which op, the user's line that made it.

    `inputs` describes the arrays that came, e.g. "float32[2,3], int32[]".
    """
    cls = next((c for kind, c in _FROM_PYTHON if isinstance(error, kind)), UnknownError)
    said = f"{type(error).__name__}: {error}" if cls is UnknownError else str(error)
    if isinstance(error, OpError):
        if error.op is not None:
            return error
        cls, said = type(error), error.message  # type: ignore[assignment]
    came = f"\n  with inputs: {inputs}" if inputs else ""
    return cls(None, op, f"{said}{came}\n{where(op)}")


def where(op: Operation) -> str:
    """Names an operation and the user's line that made it."""
    line = op.created_at
    at = f", created at {line}" if line is not None else ""
    return f"  [[node {op.name} (op: {op.type})]]{at}"
