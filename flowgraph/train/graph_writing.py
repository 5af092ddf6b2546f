"""Writing a graph to a file: tf.train.write_graph."""

from __future__ import annotations

import os
from typing import Any

from flowgraph.core.graph import Graph
from flowgraph.platform import file_io


def write_graph(graph_or_graph_def: Any, logdir: Any, name: str, as_text: bool = True) -> str:
    """Writes a graph, as a GraphDef, to a file; gives its path (tf.train.write_graph).

    Args:
      graph_or_graph_def: a `Graph` or GraphDef.
      logdir: the directory, made if need be.
      name: the file's name.
      as_text: whether the file is text.
    """
    graph_def = graph_or_graph_def
    if isinstance(graph_def, Graph):
        graph_def = graph_def.as_graph_def()
    folder = os.fsdecode(logdir)
    if folder and not file_io.is_directory(folder):
        file_io.recursive_create_dir(folder)
    path = os.path.join(folder, name)
    if as_text:
        from google.protobuf import text_format

        content = text_format.MessageToString(graph_def)
        file_io.atomic_write_string_to_file(path, content)
    else:
        file_io.atomic_write_string_to_file(path, graph_def.SerializeToString())
    return path
