"""`tf.random.experimental`: generators of random numbers whose state is a variable."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import dtypes
from flowgraph.core.convert import convert_to_tensor
from flowgraph.core.graph import get_default_graph, name_scope
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.ops.array.joining import concat, stack
from flowgraph.ops.random.distributions import shape_tensor
from flowgraph.ops.random.stateful import PHILOX, STATE_SIZE
from flowgraph.variables.resource import ResourceVariable

_BITS, _SIGN = 64, 1 << 63


def _checked_algorithm(algorithm: Any) -> int:
    if algorithm != PHILOX:
        raise ValueError(f"Unsupported algorithm id: {algorithm}. The one there is is Philox, 1.")
    return PHILOX


def _signed(number: Any) -> int:
    """A number of 64 bits as an int64 has it."""
    number = int(number) & ((1 << _BITS) - 1)
    return number - (1 << _BITS) if number & _SIGN else number


def create_rng_state(seed: Any, algorithm: int) -> Any:
    """The state that a seed stands for (tf.random.experimental.create_rng_state).

    Args:
      seed: an int, whose 64-bit parts are taken from the lowest on, or a list of ints.
      algorithm: 1, which is Philox.

    Returns:
      An int64 array of three numbers: a shorter list has zeros before it, of a longer one the first
      three are taken.

    Raises:
      ValueError: another algorithm, or a seed of more than one dimension.
    """
    _checked_algorithm(algorithm)
    if isinstance(seed, int):
        seed = [seed >> _BITS * i for i in range(STATE_SIZE)]
    parts = np.asarray(seed, object)
    if parts.ndim != 1:
        raise ValueError(f"seed should only have one dimension; got shape: {parts.shape}")
    numbers = [_signed(part) for part in parts[:STATE_SIZE]]
    return np.array([0] * (STATE_SIZE - len(numbers)) + numbers, np.int64)


def _state_tensor(state: Any) -> Any:
    if not isinstance(state, Tensor):
        state = np.vectorize(_signed, otypes=[np.int64])(np.asarray(state, object))
    return convert_to_tensor(state, dtype=dtypes.int64)


def _state_of(key: Any, counter: Any) -> Any:
    """The state of a key, a scalar, and a counter of two numbers."""
    counter, key = _state_tensor(counter), _state_tensor(key)
    counter.shape.assert_is_compatible_with([STATE_SIZE - 1])
    key.shape.assert_is_compatible_with([])
    return concat([counter, raw.Reshape(key, [1])], 0)


class Generator:
    """Random numbers of a state of its own (tf.random.experimental.Generator).

    Each run of one of its tensors goes on where the run before ended. Like any variable, the state
    has to be initialised.

    Args:
      copy_from: another generator, whose present state is taken; without the other arguments.
      state: three int64, the counter's lower and upper half and the key.
      alg: 1, which is Philox.

    >>> Generator.from_seed(1).normal([2, 3]).shape.as_list()
    [2, 3]
    """

    def __init__(
        self, copy_from: Generator | None = None, state: Any = None, alg: int | None = None
    ) -> None:
        if copy_from is not None:
            if alg is not None or state is not None:
                raise ValueError("Generator takes copy_from alone, or state and alg")
            state, alg = copy_from.state, copy_from.algorithm
            value: Any = convert_to_tensor(state)
        else:
            value = _state_tensor(state)
            value.shape.assert_is_compatible_with([STATE_SIZE])
        self._algorithm = _checked_algorithm(alg)
        self._state = ResourceVariable(value, dtype=dtypes.int64, trainable=False)

    @classmethod
    def from_state(cls, state: Any, alg: int) -> Generator:
        """A generator of three numbers, the counter's two and the key."""
        return cls(state=state, alg=alg)

    @classmethod
    def from_seed(cls, seed: Any, alg: int | None = None) -> Generator:
        """A generator of the state that `create_rng_state` makes of a seed."""
        alg = PHILOX if alg is None else alg
        return cls(state=create_rng_state(seed, alg), alg=alg)

    @classmethod
    def from_non_deterministic_state(cls, alg: int | None = None) -> Generator:
        """A generator whose numbers differ each time that it is initialised."""
        state = raw.NonDeterministicInts(_size_vector(), dtype=dtypes.int64)
        return cls(state=state, alg=PHILOX if alg is None else alg)

    @classmethod
    def from_key_counter(cls, key: Any, counter: Any, alg: int) -> Generator:
        """A generator of a key, a scalar, and a counter, two numbers."""
        return cls(state=_state_of(key, counter), alg=alg)

    # --- its state -----------------------------------------------------------------------------
    @property
    def state(self) -> ResourceVariable:
        """The variable that holds the counter's two halves and the key."""
        return self._state

    @property
    def algorithm(self) -> int:
        """The number of the algorithm, 1."""
        return self._algorithm

    @property
    def key(self) -> Tensor:
        """The key: with another one the numbers are other ones altogether."""
        return self._state[-1]  # type: ignore[no-any-return]

    def reset(self, state: Any) -> Any:
        """Sets the state; gives what has to be run for that."""
        state = _state_tensor(state)
        state.shape.assert_is_compatible_with([STATE_SIZE])
        return self._state.assign(state)

    def reset_from_seed(self, seed: Any) -> Any:
        """As `reset`, to the state of a seed."""
        return self.reset(create_rng_state(seed, self._algorithm))

    def reset_from_key_counter(self, key: Any, counter: Any) -> Any:
        """As `reset`, to a key and a counter."""
        return self.reset(_state_of(key, counter))

    def skip(self, delta: Any) -> Any:
        """Leaves out `delta` numbers; gives the operation that has to be run for that."""
        return raw.RngSkip(self._state.handle, self._algorithm, delta)

    # --- its numbers ---------------------------------------------------------------------------
    def _draw(self, op_type: str, shape: Any, *more: Any, **attrs: Any) -> Tensor:
        op: Any = getattr(raw, op_type)
        return op(self._state.handle, self._algorithm, shape_tensor(shape), *more, **attrs)  # type: ignore[no-any-return]

    def normal(
        self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = dtypes.float32,
        name: str | None = None,
    ) -> Tensor:  # fmt: skip
        """Normal numbers; arguments as those of `tf.random.normal`."""
        with name_scope(name, "stateful_normal", [shape, mean, stddev]) as scope:
            return self._moved("StatefulStandardNormalV2", shape, mean, stddev, dtype, scope)

    def truncated_normal(
        self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = dtypes.float32,
        name: str | None = None,
    ) -> Tensor:  # fmt: skip
        """Normal numbers within two standard deviations of the mean."""
        with name_scope(name, "truncated_normal", [shape, mean, stddev]) as scope:
            return self._moved("StatefulTruncatedNormal", shape, mean, stddev, dtype, scope)

    def _moved(
        self, op_type: str, shape: Any, mean: Any, stddev: Any, dtype: Any, scope: str
    ) -> Tensor:
        mean = convert_to_tensor(mean, dtype=dtype, name="mean")
        stddev = convert_to_tensor(stddev, dtype=dtype, name="stddev")
        numbers: Any = self._draw(op_type, shape, dtype=dtype)
        return raw.Add(numbers * stddev, mean, name=scope)  # type: ignore[no-any-return]

    def uniform(
        self, shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = dtypes.float32,
        name: str | None = None,
    ) -> Tensor:  # fmt: skip
        """Uniform numbers of [minval, maxval); arguments as those of `tf.random.uniform`."""
        wanted = dtypes.as_dtype(dtype)
        if maxval is None:
            if wanted.is_integer:
                raise ValueError(f"Must specify maxval for integer dtype {wanted!r}")
            maxval = 1
        with name_scope(name, "stateful_uniform", [shape, minval, maxval]) as scope:
            low: Any = convert_to_tensor(minval, dtype=wanted, name="min")
            high: Any = convert_to_tensor(maxval, dtype=wanted, name="max")
            if wanted.is_integer:
                return self._draw("StatefulUniformInt", shape, low, high, name=scope)
            numbers: Any = self._draw("StatefulUniform", shape, dtype=wanted)
            return raw.Add(numbers * (high - low), low, name=scope)  # type: ignore[no-any-return]

    def uniform_full_int(
        self, shape: Any, dtype: Any = dtypes.uint64, name: str | None = None
    ) -> Tensor:
        """Integers, each of those that the dtype holds as likely as the others."""
        with name_scope(name, "stateful_uniform_full_int", [shape]) as scope:
            return self._draw("StatefulUniformFullInt", shape, dtype=dtype, name=scope)

    def binomial(
        self, shape: Any, counts: Any, probs: Any, dtype: Any = dtypes.int32,
        name: str | None = None,
    ) -> Tensor:  # fmt: skip
        """How often each of `counts` trials succeeds that does so with probability `probs`.

        Both are scalars, or vectors with one number for each row of `shape`.
        """
        with name_scope(name, "binomial", [shape, counts, probs]) as scope:
            counts = convert_to_tensor(counts, name="counts")
            probs = convert_to_tensor(probs, name="probs")
            return self._draw(
                "StatefulRandomBinomial", shape, counts, probs, dtype=dtype, name=scope
            )

    def make_seeds(self, count: int = 1) -> Tensor:
        """Seeds for stateless ops, an int64 tensor [2, count]: a column each."""
        keys = self.uniform_full_int([count], dtypes.int64)
        return stack([keys, raw.ZerosLike(keys)])

    def split(self, count: int = 1) -> list[Generator]:
        """Generators with keys drawn from this one, which has to be initialised before them."""
        keys: Any = self.uniform_full_int([count], dtypes.int64)
        return [
            Generator.from_key_counter(keys[i], [0] * (STATE_SIZE - 1), self._algorithm)
            for i in range(count)
        ]


def _size_vector() -> Any:
    return np.array([STATE_SIZE], np.int64)


_GLOBAL = "_flowgraph_global_generator"


def get_global_generator() -> Generator:
    """The default graph's generator, made when first asked for, of a random state.

    tf.random.experimental.get_global_generator; TensorFlow has one for the process, which in its
    graph mode works in one graph alone.
    """
    held = get_default_graph().get_collection_ref(_GLOBAL)
    if not held:
        held.append(Generator.from_non_deterministic_state())
    return held[0]  # type: ignore[no-any-return]


def set_global_generator(generator: Generator) -> None:
    """Sets what `get_global_generator` gives (tf.random.experimental.set_global_generator)."""
    get_default_graph().get_collection_ref(_GLOBAL)[:] = [generator]
