"""The geometry of windows, for the ops: `flowgraph/kernels/window.py` under the name ops use.

It lives among the kernels because kernels may not import ops, and both need it.
"""

from flowgraph.kernels.window import (
    Padding,
    Pair,
    Shape,
    Span,
    Window,
    check_depthwise,
    check_shape,
    group_count,
    parse_window,
    spatial_pair,
    window_span,
)

__all__ = [
    "Padding",
    "Pair",
    "Shape",
    "Span",
    "Window",
    "check_depthwise",
    "check_shape",
    "group_count",
    "parse_window",
    "spatial_pair",
    "window_span",
]
