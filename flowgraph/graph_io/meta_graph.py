"""MetaGraphDef: a graph with its collections and saver, to messages and files and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flowgraph.core.collections import GraphKeys
from flowgraph.core.graph import Graph, get_default_graph
from flowgraph.graph_io import protos
from flowgraph.graph_io.collection_defs import (
    UNBOUND_PREFIX,
    add_collection_def,
    restore_collections,
)
from flowgraph.graph_io.importer import as_message, import_graph_def
from flowgraph.graph_io.node_walks import reached_from
from flowgraph.graph_io.op_list import (
    ops_used_by_graph_def,
    strip_defaults,
    stripped_op_list_for_graph,
)
from flowgraph.graph_io.proto_functions import functions_of
from flowgraph.graph_io.reading import read_message, write_message
from flowgraph.graph_io.scopes import strip_name_scope

__all__ = [
    "add_collection_def", "copy_scoped_meta_graph", "create_meta_graph_def",
    "export_scoped_meta_graph", "import_scoped_meta_graph",
    "import_scoped_meta_graph_with_return_elements", "ops_used_by_graph_def",
    "read_meta_graph_file", "stripped_op_list_for_graph",
]  # fmt: skip

_VERSION = "1.15.0"


def read_meta_graph_file(filename: Any) -> Any:
    """The MetaGraphDef in a file, binary or text; OSError when there is none."""
    return read_message(filename, protos.MetaGraphDef)


# --- to messages ----------------------------------------------------------------------------------
def create_meta_graph_def(
    meta_info_def: Any = None,
    graph_def: Any = None,
    saver_def: Any = None,
    collection_list: Iterable[Any] | None = None,
    graph: Graph | None = None,
    export_scope: str | None = None,
    exclude_nodes: Any = None,
    clear_extraneous_savers: bool = False,
    strip_default_attrs: bool = False,
) -> Any:
    """The MetaGraphDef of a graph.

    Args:
      meta_info_def: what it tells of itself.
      graph_def: the nodes; those of `graph` when None.
      saver_def: the saver.
      collection_list: the names of the collections; all when None.
      graph: the graph; the default graph when None.
      export_scope: the name scope that names lose.
      exclude_nodes: names of nodes that are in no collection.
      clear_extraneous_savers: whether only this saver is in the collection of savers.
      strip_default_attrs: whether attributes that are defaults are left out.

    Raises:
      TypeError: an argument has another type.
    """
    _check_types(graph, meta_info_def, graph_def, saver_def)
    graph = graph or get_default_graph()
    meta = protos.MetaGraphDef()
    if meta_info_def is not None:
        meta.meta_info_def.MergeFrom(meta_info_def)
    meta.meta_info_def.tensorflow_version = _VERSION
    meta.meta_info_def.tensorflow_git_version = "flowgraph"
    meta.graph_def.MergeFrom(graph_def or graph.as_graph_def(add_shapes=True))
    if not meta.meta_info_def.stripped_op_list.op:
        meta.meta_info_def.stripped_op_list.MergeFrom(stripped_op_list_for_graph(meta.graph_def))
    if strip_default_attrs:
        strip_defaults(meta.graph_def)
        meta.meta_info_def.stripped_default_attrs = True
    if saver_def is not None:
        meta.saver_def.MergeFrom(saver_def)
    keys = graph.get_all_collection_keys() if collection_list is None else collection_list
    for key in keys:
        only = None
        from_proto = functions_of(key).from_proto
        if clear_extraneous_savers and key == GraphKeys.SAVERS and from_proto is not None:
            only = [from_proto(saver_def)]
        included = _included(export_scope, exclude_nodes)
        add_collection_def(meta, key, graph, export_scope, included, only)
    return meta


def _check_types(graph: Any, meta_info_def: Any, graph_def: Any, saver_def: Any) -> None:
    if graph is not None and not isinstance(graph, Graph):
        raise TypeError(f"graph must be of type Graph, not {type(graph)}")
    told = (
        ("meta_info_def", meta_info_def, protos.MetaGraphDef.MetaInfoDef),
        ("graph_def", graph_def, protos.GraphDef),
        ("saver_def", saver_def, protos.SaverDef),
    )
    for name, value, cls in told:
        if value is not None and not isinstance(value, cls):
            raise TypeError(f"{name} must be of type {cls.__name__}, not {type(value)}")


def _included(export_scope: str | None, exclude_nodes: Any) -> Callable[[Any], bool]:
    """Whether a node, or what has a node's name, is below the scope and not left out."""

    def include(value: Any) -> bool:
        name = value
        if not isinstance(value, (str, bytes)):
            name = getattr(value, "name", None)
            if not isinstance(name, str):
                return True
        if isinstance(name, bytes):
            name = name.decode(errors="replace")
        if exclude_nodes and name in exclude_nodes:
            return False
        if name.startswith(UNBOUND_PREFIX):
            return True
        return not export_scope or name.startswith(export_scope) or isinstance(value, bytes)

    return include


def export_scoped_meta_graph(
    filename: Any = None,
    graph_def: Any = None,
    graph: Graph | None = None,
    export_scope: str | None = None,
    as_text: bool = False,
    unbound_inputs_col_name: str | None = "unbound_inputs",
    clear_devices: bool = False,
    saver_def: Any = None,
    clear_extraneous_savers: bool = False,
    strip_default_attrs: bool = False,
    save_debug_info: bool = False,
    **kwargs: Any,
) -> tuple[Any, dict[str, Any]]:
    """(the MetaGraphDef of a graph or of a name scope of it, its variables by name).

    Args:
      filename: a file to write it to.
      graph_def: the nodes; those of `graph` when None.
      graph: the graph; the default graph when None.
      export_scope: only nodes below this name scope, and without it. Inputs from outside get
        the names of `unbound_inputs_col_name`, and have to be mapped when it is read.
      as_text: whether the file is text.
      unbound_inputs_col_name: the collection of such inputs.
      clear_devices: whether nodes lose their devices.
      saver_def: the saver.
      clear_extraneous_savers: whether nodes of other savers are left out.
      strip_default_attrs: whether attributes that are defaults are left out.
      save_debug_info: accepted.
      **kwargs: `meta_info_def` and `collection_list`, of `create_meta_graph_def`.
    """
    del save_debug_info
    graph = graph or get_default_graph()
    exclude: set[str] = set()
    if clear_extraneous_savers:
        whole = graph_def or graph.as_graph_def()
        exclude = _extraneous_saver_nodes(whole, saver_def)
    if export_scope or clear_extraneous_savers or clear_devices:
        whole = graph_def or graph.as_graph_def(add_shapes=True)
        graph_def, unbound = _part(whole, export_scope, exclude, clear_devices)
        if unbound_inputs_col_name:
            graph.clear_collection(unbound_inputs_col_name)
            for name in unbound:
                graph.add_to_collection(unbound_inputs_col_name, name)
    include = _included(export_scope, exclude)
    variables = [v for v in graph.get_collection(GraphKeys.GLOBAL_VARIABLES) if include(v)]
    meta = create_meta_graph_def(
        graph_def=graph_def,
        graph=graph,
        export_scope=export_scope,
        exclude_nodes=exclude,
        clear_extraneous_savers=clear_extraneous_savers,
        saver_def=saver_def,
        strip_default_attrs=strip_default_attrs,
        **kwargs,
    )
    if filename:
        write_message(filename, meta, as_text)
    return meta, {strip_name_scope(v.name, export_scope): v for v in variables}


def _part(
    whole: Any, scope: str | None, exclude: set[str], clear_devices: bool
) -> tuple[Any, list[str]]:
    """(the nodes of a GraphDef below a scope, the inputs that come from outside of it)."""
    part = protos.GraphDef(versions=whole.versions)
    part.library.CopyFrom(whole.library)
    unbound: list[str] = []
    include = _included(scope, exclude)
    for node in whole.node:
        if not include(node.name):
            continue
        new = part.node.add()
        new.CopyFrom(node)
        new.name = strip_name_scope(node.name, scope)
        for i, ref in enumerate(node.input):
            new.input[i] = strip_name_scope(ref, scope)
            if scope and not ref.lstrip("^").startswith(scope):
                mark = "^" if ref.startswith("^") else ""
                new.input[i] = mark + UNBOUND_PREFIX + ref.lstrip("^")
                unbound.append(new.input[i])
        if "_class" in node.attr:
            groups = [g.decode() for g in node.attr["_class"].list.s]
            kept = [g for g in groups if not scope or g.split("@")[-1].startswith(scope)]
            new.attr["_class"].list.s[:] = [strip_name_scope(g, scope).encode() for g in kept]
        if clear_devices:
            new.device = ""
    if scope:
        _strip_functions(part, scope)
    return part, unbound


def _strip_functions(part: Any, scope: str) -> None:
    """Takes a scope from the names of functions and of the nodes inside."""
    prefix = scope.rstrip("/").replace("/", ".") + "."
    names = {f.signature.name: f.signature.name.removeprefix(prefix) for f in part.library.function}
    nodes = list(part.node)
    for function in part.library.function:
        function.signature.name = names[function.signature.name]
        for node in function.node_def:
            node.name = strip_name_scope(node.name, scope)
            node.input[:] = [strip_name_scope(ref, scope) for ref in node.input]
        for output, ref in dict(function.ret).items():
            function.ret[output] = strip_name_scope(ref, scope)
        nodes += function.node_def
    for node in nodes:
        for value in node.attr.values():
            for called in (*value.list.func, *([value.func] if value.HasField("func") else [])):
                called.name = names.get(called.name, called.name)


def _extraneous_saver_nodes(graph_def: Any, saver_def: Any) -> set[str]:
    """The names of nodes of savers other than this one."""
    nodes = {node.name: node for node in graph_def.node}
    mine: set[str] = set()
    scope = None
    if saver_def is not None:
        names = (saver_def.filename_tensor_name, saver_def.save_tensor_name,
                 saver_def.restore_op_name)  # fmt: skip
        mine = {name.split(":")[0] for name in names}
        scope = saver_def.restore_op_name.rpartition("/")[0]
    savers = {n.rpartition("/")[0] for n, node in nodes.items() if node.op in ("SaveV2", "Save")}
    others = {name for name in savers if name and name != scope}
    found = {n for n in nodes if any(n.startswith(other + "/") for other in others)}
    needed = reached_from(nodes, mine) if mine else set()
    return found - needed


# --- from messages --------------------------------------------------------------------------------
def import_scoped_meta_graph(
    meta_graph_or_file: Any,
    clear_devices: bool = False,
    graph: Graph | None = None,
    import_scope: str | None = None,
    input_map: Any = None,
    unbound_inputs_col_name: str | None = "unbound_inputs",
    restore_collections_predicate: Callable[[Any], bool] = lambda key: True,
) -> dict[str, Any]:
    """Adds a MetaGraphDef to a graph; gives its variables by name.

    See `import_scoped_meta_graph_with_return_elements`.
    """
    return import_scoped_meta_graph_with_return_elements(
        meta_graph_or_file, clear_devices, graph, import_scope, input_map,
        unbound_inputs_col_name, restore_collections_predicate,
    )[0]  # fmt: skip


def import_scoped_meta_graph_with_return_elements(
    meta_graph_or_file: Any,
    clear_devices: bool = False,
    graph: Graph | None = None,
    import_scope: str | None = None,
    input_map: Any = None,
    unbound_inputs_col_name: str | None = "unbound_inputs",
    restore_collections_predicate: Callable[[Any], bool] = lambda key: True,
    return_elements: Any = None,
) -> tuple[dict[str, Any], Any]:
    """Adds nodes and collections of a MetaGraphDef to a graph.

    Args:
      meta_graph_or_file: the message, or the path of a file of one.
      clear_devices: whether nodes lose their devices.
      graph: the graph; the default graph when None.
      import_scope: the name scope of the nodes.
      input_map: names of tensors -> what takes their place.
      unbound_inputs_col_name: the collection of inputs that must be in `input_map`.
      restore_collections_predicate: whether a collection is restored, by its name.
      return_elements: names of operations and tensors to give.

    Returns:
      (the variables by name without the scope, the operations and tensors).

    Raises:
      OSError: there is no such file, or it is of another kind.
      ValueError: an input is not mapped, or the graph is malformed.
    """
    meta = meta_graph_or_file
    if not hasattr(meta, "DESCRIPTOR"):
        meta = read_meta_graph_file(meta)
    meta = as_message(meta, "MetaGraphDef", "meta_graph_or_file must be a MetaGraphDef or a path")
    _check_unbound(meta, unbound_inputs_col_name, input_map)
    graph = graph or get_default_graph()
    with graph.as_default():
        if clear_devices:
            for node in meta.graph_def.node:
                node.device = ""
        if import_scope:
            name, scope = import_scope, graph.unique_name(import_scope, mark_as_used=False)
        else:
            scope = graph.get_name_scope()
            name = f"{scope}/" if scope else ""
        elements = import_graph_def(
            meta.graph_def,
            name=name,
            input_map=input_map,
            producer_op_list=meta.meta_info_def.stripped_op_list,
            return_elements=return_elements,
        )
        restore_collections(
            meta,
            graph,
            scope,
            lambda key: key != unbound_inputs_col_name and restore_collections_predicate(key),
        )
        variables = graph.get_collection(GraphKeys.GLOBAL_VARIABLES, scope=scope)
    return {strip_name_scope(v.name, scope): v for v in variables}, elements


def _check_unbound(meta: Any, name: str | None, input_map: Any) -> None:
    if not name or name not in meta.collection_def:
        return
    collection = meta.collection_def[name]
    kind = collection.WhichOneof("kind")
    values = getattr(collection, kind).value if kind else ()
    names = [v.decode() if isinstance(v, bytes) else v for v in values]
    if names and sorted(names) != sorted(input_map or ()):
        missing = ",".join(n for n in names if n not in (input_map or ()))
        raise ValueError(
            f"Graph contains unbound inputs: {missing}. Must provide these inputs through "
            "input_map."
        )


def copy_scoped_meta_graph(
    from_scope: str,
    to_scope: str,
    from_graph: Graph | None = None,
    to_graph: Graph | None = None,
) -> dict[str, Any]:
    """Copies a name scope of a graph; gives the copied variables by name.

    Raises:
      ValueError: the copy would be the original.
    """
    from_graph, to_graph = from_graph or get_default_graph(), to_graph or get_default_graph()
    if from_graph is to_graph and from_scope == to_scope:
        raise ValueError(
            "'from_scope' and 'to_scope' need to be different when performing copy in the same "
            "graph."
        )
    meta, _ = export_scoped_meta_graph(export_scope=from_scope, graph=from_graph)
    return import_scoped_meta_graph(meta, graph=to_graph, import_scope=to_scope)
