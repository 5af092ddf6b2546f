"""`fit_generator` and its like."""

from __future__ import annotations

from typing import Any

from flowgraph.keras.engine import loop


class GeneratorMethods:
    """The methods of a model that take a generator or a `Sequence`."""

    def fit_generator(
        self, generator: Any, steps_per_epoch: Any = None, epochs: int = 1, verbose: int = 1,
        callbacks: Any = None, validation_data: Any = None, validation_steps: Any = None,
        validation_freq: Any = 1, class_weight: Any = None, max_queue_size: int = 10,
        workers: int = 1, use_multiprocessing: bool = False, shuffle: bool = True,
        initial_epoch: int = 0,
    ) -> Any:  # fmt: skip
        """Trains on what a generator or `Sequence` gives; see `Model.fit` for the arguments."""
        if self._settings is None:  # type: ignore[attr-defined]
            self._assert_compiled()  # type: ignore[attr-defined]
        source = self._source(  # type: ignore[attr-defined]
            _generator(generator), None, None, class_weight, None, steps_per_epoch, loop.TRAIN,
            shuffle,
        )  # fmt: skip
        validation = self._validation(validation_data, None, validation_steps)  # type: ignore[attr-defined]
        return loop.fit(
            self, source, validation, epochs, initial_epoch, callbacks, verbose, validation_freq,
            announce=False,
        )  # fmt: skip

    def evaluate_generator(
        self, generator: Any, steps: Any = None, callbacks: Any = None, max_queue_size: int = 10,
        workers: int = 1, use_multiprocessing: bool = False, verbose: int = 0,
    ) -> Any:  # fmt: skip
        """The loss, or [loss, *metrics], over what a generator gives."""
        return self.evaluate(  # type: ignore[attr-defined]
            _generator(generator), steps=steps, callbacks=callbacks, verbose=verbose
        )

    def predict_generator(
        self, generator: Any, steps: Any = None, callbacks: Any = None, max_queue_size: int = 10,
        workers: int = 1, use_multiprocessing: bool = False, verbose: int = 0,
    ) -> Any:  # fmt: skip
        """The outputs for what a generator gives."""
        return self.predict(  # type: ignore[attr-defined]
            _generator(generator), steps=steps, callbacks=callbacks, verbose=verbose
        )


def _generator(data: Any) -> Any:
    """An object that can only be iterated over, as an iterator."""
    batched = hasattr(data, "__next__") or hasattr(data, "get_next") or hasattr(data, "__getitem__")
    if batched or hasattr(data, "make_initializable_iterator"):
        return data
    return iter(data)
