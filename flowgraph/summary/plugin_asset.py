"""What plugins of TensorBoard keep with a graph (tf.summary's PluginAsset)."""

from __future__ import annotations

from typing import Any

from flowgraph.core.graph import Graph, get_default_graph

_COLLECTION = "_plugin_assets"


class PluginAsset:
    """Base class: `plugin_name`, and `assets()` which gives the files of a plugin.

    At most one of a class is kept with a graph; `FileWriter.add_graph` writes the files.
    """

    plugin_name: str | None = None

    def assets(self) -> dict[str, Any]:
        """The files: name -> contents."""
        raise TypeError(f"{type(self).__name__} has to tell its assets()")


def get_plugin_asset(plugin_asset_cls: Any, graph: Graph | None = None) -> Any:
    """The asset of a class that a graph keeps, made when it has none.

    Raises:
      ValueError: the class has no `plugin_name`, or another one has that name already.
    """
    graph = graph or get_default_graph()
    name = plugin_asset_cls.plugin_name
    if not name:
        raise ValueError(f"Class {plugin_asset_cls.__name__} has no plugin_name")
    for asset in graph.get_collection_ref(_COLLECTION):
        if asset.plugin_name == name:
            if not isinstance(asset, plugin_asset_cls):
                raise ValueError(
                    f"Existing plugin asset for {name} has unexpected type {type(asset).__name__}, "
                    f"wanted {plugin_asset_cls.__name__}"
                )
            return asset
    asset = plugin_asset_cls()
    graph.add_to_collection(_COLLECTION, asset)
    return asset


def all_plugin_assets(graph: Graph | None = None) -> list[Any]:
    """All assets that a graph keeps."""
    return (graph or get_default_graph()).get_collection(_COLLECTION)


get_all_plugin_assets = all_plugin_assets
