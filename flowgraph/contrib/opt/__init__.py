"""`tf.contrib.opt`: optimizers beside those of `tf.train`."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.contrib.opt.adam_family": "AdaMaxOptimizer LazyAdamOptimizer NadamOptimizer",
    "flowgraph.contrib.opt.external": "ExternalOptimizerInterface ScipyOptimizerInterface",
    "flowgraph.contrib.opt.lars": "LARSOptimizer",
    "flowgraph.contrib.opt.signs": (
        "AddSignOptimizer PowerSignOptimizer get_cosine_decay_fn get_linear_decay_fn "
        "get_restart_decay_fn"
    ),
    "flowgraph.contrib.opt.weight_decay": (
        "AdamWOptimizer DecoupledWeightDecayExtension MomentumWOptimizer "
        "extend_with_decoupled_weight_decay"
    ),
    "flowgraph.contrib.opt.wrappers": (
        "MovingAverageOptimizer MultitaskOptimizerWrapper VariableClippingOptimizer "
        "clip_gradients_by_global_norm"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
