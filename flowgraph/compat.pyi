# Made by docs/make_stubs.py: do not edit.
from flowgraph.core.shapes import dimension_at_index as dimension_at_index
from flowgraph.core.shapes import dimension_value as dimension_value
from flowgraph.platform.compat import as_bytes as as_bytes
from flowgraph.platform.compat import as_str as as_str
from flowgraph.platform.compat import as_str_any as as_str_any
from flowgraph.platform.compat import as_text as as_text
from flowgraph.platform.compat import bytes_or_text_types as bytes_or_text_types
from flowgraph.platform.compat import complex_types as complex_types
from flowgraph.platform.compat import forward_compatibility_horizon as forward_compatibility_horizon
from flowgraph.platform.compat import forward_compatible as forward_compatible
from flowgraph.platform.compat import integral_types as integral_types
from flowgraph.platform.compat import path_to_str as path_to_str
from flowgraph.platform.compat import real_types as real_types
