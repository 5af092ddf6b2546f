"""The same networks in PyTorch and JAX, as their users write them, from the same numbers.

`torch_workloads.WORKLOADS` and `jax_workloads.WORKLOADS` have the workloads named here; importing
this package imports neither framework.
"""

from __future__ import annotations

NAMES = (
    "branches",
    "matmul",
    "mlp",
    "autoencoder",
    "skip-gram",
    "lenet",
    "lenet inference",
    "lenet inference, batch 1024",
    "lenet-5",
    "vgg",
    "resnet",
    "gan",
    "lstm",
    *(f"mlp inference, batch {n}" for n in (1, 4, 16, 64, 256, 1024)),
    "import",
)
__all__ = ["NAMES"]
