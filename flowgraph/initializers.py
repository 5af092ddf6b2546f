"""`tf.initializers`: what gives variables their first values."""

from flowgraph.variables.initialization import global_variables_initializer as global_variables
from flowgraph.variables.initialization import local_variables_initializer as local_variables
from flowgraph.variables.initialization import variables_initializer as variables
from flowgraph.variables.initializers import Constant as constant
from flowgraph.variables.initializers import GlorotNormal as glorot_normal
from flowgraph.variables.initializers import GlorotUniform as glorot_uniform
from flowgraph.variables.initializers import Identity as identity
from flowgraph.variables.initializers import Initializer as Initializer
from flowgraph.variables.initializers import Ones as ones
from flowgraph.variables.initializers import Orthogonal as orthogonal
from flowgraph.variables.initializers import RandomNormal as random_normal
from flowgraph.variables.initializers import RandomUniform as random_uniform
from flowgraph.variables.initializers import TruncatedNormal as truncated_normal
from flowgraph.variables.initializers import UniformUnitScaling as uniform_unit_scaling
from flowgraph.variables.initializers import VarianceScaling as variance_scaling
from flowgraph.variables.initializers import Zeros as zeros
from flowgraph.variables.initializers import he_normal, he_uniform, lecun_normal, lecun_uniform
from flowgraph.variables.table_initializers import tables_initializer
