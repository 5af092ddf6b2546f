"""Pictures of graphs, plans, runs and trained nets; a notebook shows a graph by itself.

Of graphs: `draw` writes one as SVG, PNG, PDF or DOT, `view` is interactive, `explain` shows how it
becomes a plan, `timeline` and `heat` show a traced run. Of nets: `summary` lists the layers,
`architecture` draws them. Of trained nets: `filters`, `feature_maps`, `confusion`, `loss_curve`,
`activation_histograms`, `saliency`, `occlusion`, `excite`. While one trains: `progress`,
`ProgressHook`, `LiveCurve`.
"""

from flowgraph.core import lazy as _lazy

# The module in which a name is made -> the names; see core/lazy.py. Matplotlib takes a while.
_NAMES = {
    "flowgraph.viz.explanation": "Explanation explain",
    "flowgraph.viz.insight.curves": "loss_curve",
    "flowgraph.viz.insight.exciting": "excite",
    "flowgraph.viz.insight.looking": "occlusion saliency",
    "flowgraph.viz.insight.maps": "feature_maps filters",
    "flowgraph.viz.insight.mistakes": "confusion",
    "flowgraph.viz.insight.plot": "Plot",
    "flowgraph.viz.insight.ridges": "activation_histograms",
    "flowgraph.viz.interactive.views": "View mimebundle view",
    "flowgraph.viz.lanes": "timeline",
    "flowgraph.viz.live.bar": "Progress progress",
    "flowgraph.viz.live.curve": "LiveCurve",
    "flowgraph.viz.live.hook": "ProgressHook",
    "flowgraph.viz.network.diagram": "architecture",
    "flowgraph.viz.network.table": "Summary summary",
    "flowgraph.viz.palette": "Svg",
    "flowgraph.viz.windows": "convolution_steps pooling_steps",
    "flowgraph.viz.render": "RenderError draw heat repr_svg svg_for_notebook",
}
__getattr__, __dir__, __all__ = _lazy.face(__name__, _NAMES)
