"""Old scripts, unmodified: `flowgraph run`, `flowgraph check`, `flowgraph.install_as_tensorflow`.

No part of the library imports from here.
"""

from flowgraph.scripts.finder import install_as_tensorflow

__all__ = ["install_as_tensorflow"]
