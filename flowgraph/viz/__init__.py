"""Pictures of graphs, plans and runs; a notebook shows a graph by itself.

`draw` writes a graph as SVG, PNG, PDF or DOT, `explain` shows how it becomes a plan, `timeline` and
`heat` show a traced run.
"""

from flowgraph.viz.explanation import Explanation, explain
from flowgraph.viz.lanes import timeline
from flowgraph.viz.palette import Svg
from flowgraph.viz.render import RenderError, draw, heat, repr_svg, svg_for_notebook

__all__ = [
    "Explanation",
    "RenderError",
    "Svg",
    "draw",
    "explain",
    "heat",
    "repr_svg",
    "svg_for_notebook",
    "timeline",
]
