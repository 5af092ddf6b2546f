"""The interactive view: a graph, a plan, a run, in a notebook's cell or in a browser.

`scene.py` makes the data of a graph, `values.py` the values that flow in it, `views.py` a view of
whatever it is given, `page.py` the HTML around it; the script itself is in `assets/`.
"""

from flowgraph.viz.interactive.views import View, mimebundle, view

__all__ = ["View", "mimebundle", "view"]
