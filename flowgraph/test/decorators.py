"""The decorators of TensorFlow's own unit tests (tensorflow.python.framework.test_util).

Most choose between graphs and eager runs, devices or compilers: with graphs alone, a test is what
it is, in a session.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

Decorated = Callable[..., Any]


def _in_session(method: Decorated) -> Decorated:
    @functools.wraps(method)
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        with self.cached_session():
            return method(self, *args, **kwargs)

    return run


def run_in_graph_and_eager_modes(
    func: Decorated | None = None, config: Any = None, use_gpu: bool = True, **kwargs: Any
) -> Any:
    """Runs a test method once, in a graph with a session."""
    del config, use_gpu, kwargs
    return _in_session if func is None else _in_session(func)


def run_all_in_graph_and_eager_modes(cls: type) -> type:
    """Runs each test method of a class in a graph with a session."""
    for name in dir(cls):
        if name.startswith("test") and name != "test_session" and callable(getattr(cls, name)):
            setattr(cls, name, _in_session(getattr(cls, name)))
    return cls


def _unchanged(name: str) -> Any:
    def decorate(func: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Leaves a test, or a class of tests, as it is; also `@decorate("a reason")`."""
        if callable(func):
            return func
        return lambda decorated: decorated

    decorate.__name__ = decorate.__qualname__ = name
    return decorate


_UNCHANGED = """
assert_no_garbage_created assert_no_new_pyobjects_executing_eagerly assert_no_new_tensors
deprecated_graph_mode_only disable_all_xla disable_control_flow_v2 disable_xla
enable_control_flow_v2 enable_eager_op_as_function enable_output_all_intermediates
run_all_in_deprecated_graph_mode_only run_cuda_only run_deprecated_v1 run_v1_only
run_without_tensor_float_32 use_deterministic_cudnn with_control_flow_v2
with_forward_compatibility_horizons xla_allow_fallback
"""
globals().update({name: _unchanged(name) for name in _UNCHANGED.split()})


def gpu_device_name() -> str:
    """The empty string: there is no GPU."""
    return ""


def IsMklEnabled() -> bool:
    """False: oneDNN's kernels are used by flowgraph's own choice."""
    return False


def is_xla_enabled() -> bool:
    """False."""
    return False


def device(use_gpu: bool) -> Any:
    """The CPU's scope, whatever `use_gpu`."""
    from flowgraph.core.graph import device as scope

    del use_gpu
    return scope("/device:CPU:0")


use_gpu = force_gpu = force_cpu = lambda: device(False)
