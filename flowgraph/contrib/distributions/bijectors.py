"""`tf.contrib.distributions.bijectors`: functions that distributions go through."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.contrib.distributions.batch_normalization": "BatchNormalization",
    "flowgraph.contrib.distributions.masked_autoregressive": (
        "MaskedAutoregressiveFlow masked_autoregressive_default_template masked_dense"
    ),
    "flowgraph.contrib.distributions.real_nvp": "RealNVP real_nvp_default_template",
    "flowgraph.distributions.bijectors": (
        "AbsoluteValue Affine AffineScalar Bijector Chain Exp Gumbel Identity Inline Invert "
        "Kumaraswamy Ordered Permute PowerTransform Sigmoid SinhArcsinh SoftmaxCentered Softplus "
        "Softsign Square Tanh Weibull"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
