"""Graphs with their collections and saver as files: export and import of MetaGraphDefs."""

from __future__ import annotations

import os
from typing import Any

from flowgraph.graph_io import meta_graph, protos
from flowgraph.platform import logging as tf_logging
from flowgraph.train import saveables


def export_meta_graph(
    filename: Any = None,
    meta_info_def: Any = None,
    graph_def: Any = None,
    saver_def: Any = None,
    collection_list: Any = None,
    as_text: bool = False,
    graph: Any = None,
    export_scope: str | None = None,
    clear_devices: bool = False,
    clear_extraneous_savers: bool = False,
    strip_default_attrs: bool = False,
    save_debug_info: bool = False,
    **kwargs: Any,
) -> Any:
    """A graph with its collections and saver as a MetaGraphDef (tf.train.export_meta_graph).

    Args:
      filename: a file to write it to.
      meta_info_def: a MetaInfoDef to put into it.
      graph_def: the nodes; those of `graph` when None.
      saver_def: a SaverDef to put into it.
      collection_list: the names of the collections; all when None.
      as_text: whether the file is text.
      graph: the graph; the default graph when None.
      export_scope: only nodes below this name scope, and without it.
      clear_devices: whether nodes lose their devices.
      clear_extraneous_savers: whether nodes of other savers are left out.
      strip_default_attrs: whether attributes that are defaults are left out.
      save_debug_info: accepted.
    """
    del save_debug_info
    meta_graph_def, _ = meta_graph.export_scoped_meta_graph(
        filename=filename,
        graph_def=graph_def,
        graph=graph,
        export_scope=export_scope,
        as_text=as_text,
        clear_devices=clear_devices,
        saver_def=saver_def,
        clear_extraneous_savers=clear_extraneous_savers,
        strip_default_attrs=strip_default_attrs,
        meta_info_def=meta_info_def,
        collection_list=collection_list,
        **kwargs,
    )
    return meta_graph_def


def import_meta_graph(
    meta_graph_or_file: Any,
    clear_devices: bool = False,
    import_scope: str | None = None,
    **kwargs: Any,
) -> Any:
    """Adds a saved graph to the default graph; gives a saver of it, or None without variables.

    tf.train.import_meta_graph.

    Args:
      meta_graph_or_file: a MetaGraphDef, or the path of a file of one.
      clear_devices: whether nodes lose their devices.
      import_scope: a name scope of the nodes.
      **kwargs: `input_map` and others, of tf.import_graph_def.

    Raises:
      OSError: there is no such file, or it is of another kind.
    """
    return import_meta_graph_with_return_elements(
        meta_graph_or_file, clear_devices, import_scope, **kwargs
    )[0]


def import_meta_graph_with_return_elements(
    meta_graph_or_file: Any,
    clear_devices: bool = False,
    import_scope: str | None = None,
    return_elements: Any = None,
    **kwargs: Any,
) -> tuple[Any, Any]:
    """(what `import_meta_graph` gives, the elements named by `return_elements`)."""
    from flowgraph.train import saver  # noqa: F401 - it tells how savers are read

    meta_graph_def = meta_graph_or_file
    if not isinstance(meta_graph_def, protos.MetaGraphDef):
        meta_graph_def = meta_graph.read_meta_graph_file(os.fspath(meta_graph_or_file))
    imported, elements = meta_graph.import_scoped_meta_graph_with_return_elements(
        meta_graph_def,
        clear_devices=clear_devices,
        import_scope=import_scope,
        return_elements=return_elements,
        **kwargs,
    )
    return _saver_of(meta_graph_def, import_scope, imported), elements


def _saver_of(meta_graph_def: Any, import_scope: str | None, imported: dict[str, Any]) -> Any:
    from flowgraph.train.saver import Saver

    if meta_graph_def.HasField("saver_def"):
        scope = import_scope
        if imported:  # the scope may have got a number
            key, variable = next(iter(imported.items()))
            scope = variable.name[: -len(key)]
        return Saver(saver_def=meta_graph_def.saver_def, name=scope)
    if saveables.all_saveable_objects(scope=import_scope):
        return Saver()
    tf_logging.info("Saver not created because there are no variables in the graph to restore")
    return None
