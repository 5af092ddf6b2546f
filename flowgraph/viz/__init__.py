"""Pictures of graphs: `draw` writes SVG, PNG, PDF or DOT; a notebook shows a graph by itself."""

from flowgraph.viz.render import RenderError, draw, repr_svg, svg_for_notebook

__all__ = ["RenderError", "draw", "repr_svg", "svg_for_notebook"]
