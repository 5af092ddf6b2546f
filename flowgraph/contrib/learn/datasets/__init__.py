"""`tf.contrib.learn.datasets`: small data sets by name."""

from collections.abc import Callable
from typing import Any

from flowgraph.contrib.learn.datasets import base, mnist, synthetic, text_datasets
from flowgraph.contrib.learn.datasets.base import load_boston, load_iris

__all__ = [
    "DATASETS", "SYNTHETIC", "base", "load_boston", "load_dataset", "load_iris", "make_dataset",
    "mnist", "synthetic", "text_datasets",
]  # fmt: skip

DATASETS: dict[str, Callable[..., Any]] = {
    "iris": load_iris,
    "boston": load_boston,
    "mnist": mnist.load_mnist,
    "dbpedia": text_datasets.load_dbpedia,
}
SYNTHETIC: dict[str, Callable[..., base.Dataset]] = {
    "circles": synthetic.circles,
    "spirals": synthetic.spirals,
}


def load_dataset(name: str, size: str = "small", test_with_fake_data: bool = False) -> Any:
    """A data set by name: "iris", "boston" (a `Dataset`), "mnist", "dbpedia" (`Datasets`).

    Args:
        name: which one.
        size: "small" or "large", for "dbpedia".
        test_with_fake_data: whether a few made-up texts stand in for "dbpedia".

    Raises:
        ValueError: another name.
    """
    if name not in DATASETS:
        raise ValueError(f"Name of dataset is not found: {name}. There are: {', '.join(DATASETS)}.")
    if name == "dbpedia":
        return DATASETS[name](size, test_with_fake_data)
    return DATASETS[name]()


def make_dataset(
    name: str,
    n_samples: int = 100,
    noise: float | None = None,
    seed: int | None = 42,
    *args: Any,
    **kwargs: Any,
) -> base.Dataset:
    """Points in the plane in two classes: "circles" or "spirals", shuffled.

    Raises:
        ValueError: another name.
    """
    if name not in SYNTHETIC:
        raise ValueError(f"Synthetic dataset not found or not implemented: {name}")
    return SYNTHETIC[name](n_samples, noise, seed, *args, **kwargs)
