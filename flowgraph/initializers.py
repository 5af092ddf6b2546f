"""`tf.initializers`: what gives variables their first values."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.variables.initialization": (
        "global_variables=global_variables_initializer local_variables=local_variables_initializer "
        "variables=variables_initializer"
    ),
    "flowgraph.variables.initializers": (
        "constant=Constant glorot_normal=GlorotNormal glorot_uniform=GlorotUniform "
        "identity=Identity Initializer ones=Ones orthogonal=Orthogonal random_normal=RandomNormal "
        "random_uniform=RandomUniform truncated_normal=TruncatedNormal "
        "uniform_unit_scaling=UniformUnitScaling variance_scaling=VarianceScaling zeros=Zeros "
        "he_normal he_uniform lecun_normal lecun_uniform"
    ),
    "flowgraph.variables.table_initializers": "tables_initializer",
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
