"""Keras models with the methods of scikit-learn's estimators."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import numpy as np

from flowgraph.keras import losses
from flowgraph.keras.engine.sequential import Sequential
from flowgraph.keras.engine.training import Model
from flowgraph.keras.utils.np_utils import to_categorical


class BaseWrapper:
    """Holds the function that makes a model and its arguments.

    Args:
      build_fn: gives a compiled model; None when the subclass has `__call__`.
      **sk_params: arguments of `build_fn` and of the model's `fit`, `predict`, `evaluate`.
    """

    def __init__(self, build_fn: Any = None, **sk_params: Any) -> None:
        self.build_fn, self.sk_params = build_fn, sk_params
        self.check_params(sk_params)

    def _maker(self) -> Any:
        return self.__call__ if self.build_fn is None else self.build_fn  # type: ignore[operator]

    def check_params(self, params: dict[str, Any]) -> None:
        """ValueError for an argument that nobody takes."""
        takers = [Sequential.fit, Sequential.predict, Sequential.predict_classes, Model.evaluate,
                  self._maker()]  # fmt: skip
        known = {"nb_epoch"}
        for taker in takers:
            known |= set(inspect.signature(taker).parameters)
        for name in params:
            if name not in known:
                raise ValueError(f"{name} is not a legal parameter")

    def get_params(self, **params: Any) -> dict[str, Any]:
        """The arguments."""
        return {**copy.deepcopy(self.sk_params), "build_fn": self.build_fn}

    def set_params(self, **params: Any) -> Any:
        """Changes arguments."""
        self.check_params(params)
        self.sk_params.update(params)
        return self

    def filter_sk_params(self, fn: Any, override: Any = None) -> dict[str, Any]:
        """Those arguments that a function takes."""
        known = inspect.signature(fn).parameters
        return {**{k: v for k, v in self.sk_params.items() if k in known}, **(override or {})}

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Makes a model and trains it; gives the `History`."""
        self.model = self._maker()(**self.filter_sk_params(self._maker()))
        if losses.is_categorical_crossentropy(self.model.loss) and len(np.shape(y)) != 2:
            y = to_categorical(y)
        return self.model.fit(x, y, **self.filter_sk_params(Sequential.fit, kwargs))


class KerasClassifier(BaseWrapper):
    """A classifier."""

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Makes a model and trains it; labels may be anything."""
        y = np.array(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
        elif y.ndim == 1 or y.shape[1] == 1:
            self.classes_ = np.unique(y)
            y = np.searchsorted(self.classes_, y)
        else:
            raise ValueError("Invalid shape for y: " + str(y.shape))
        self.n_classes_ = len(self.classes_)
        return super().fit(x, y, **kwargs)

    def predict(self, x: Any, **kwargs: Any) -> Any:
        """The class of each example."""
        arguments = self.filter_sk_params(Sequential.predict_classes, kwargs)
        return self.classes_[self.model.predict_classes(x, **arguments)]

    def predict_proba(self, x: Any, **kwargs: Any) -> Any:
        """The probability of each class; two columns for two classes."""
        arguments = self.filter_sk_params(Sequential.predict_classes, kwargs)
        probabilities = self.model.predict(x, **arguments)
        if probabilities.shape[1] == 1:
            probabilities = np.hstack([1 - probabilities, probabilities])
        return probabilities

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        """The accuracy; ValueError when the model was compiled without it."""
        y = np.searchsorted(self.classes_, y)
        if losses.is_categorical_crossentropy(self.model.loss) and len(y.shape) != 2:
            y = to_categorical(y)
        outputs = self.model.evaluate(x, y, **self.filter_sk_params(Model.evaluate, kwargs))
        outputs = outputs if isinstance(outputs, list) else [outputs]
        for name, value in zip(self.model.metrics_names, outputs, strict=False):
            if name in ("accuracy", "acc"):
                return float(value)
        raise ValueError(
            "The model is not configured to compute accuracy. You should pass "
            '`metrics=["accuracy"]` to the `model.compile()` method.'
        )


class KerasRegressor(BaseWrapper):
    """A regressor."""

    def predict(self, x: Any, **kwargs: Any) -> Any:
        """The prediction for each example."""
        return np.squeeze(
            self.model.predict(x, **self.filter_sk_params(Sequential.predict, kwargs))
        )

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        """The loss, negative, so that more is better."""
        loss = self.model.evaluate(x, y, **self.filter_sk_params(Model.evaluate, kwargs))
        return -float(loss[0] if isinstance(loss, list) else loss)
