"""tensorflow.python.tools: graphs with their variables as constants, and what checkpoints hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

import flowgraph as tf


# --- inspect_checkpoint ---------------------------------------------------------------------------
def print_tensors_in_checkpoint_file(
    file_name: str,
    tensor_name: str | None,
    all_tensors: bool,
    all_tensor_names: bool = False,
    count_exclude_pattern: str = "",
) -> None:
    """Prints the names of a checkpoint's tensors, or values, and how many numbers there are.

    Args:
      file_name: the checkpoint's prefix.
      tensor_name: the tensor to print; all names and shapes are printed without one.
      all_tensors: prints every name and value.
      all_tensor_names: prints every name.
      count_exclude_pattern: a regular expression of the names that are not counted.

    Raises:
      tf.errors.NotFoundError: there is no such checkpoint, or no such tensor in it.
    """
    reader = tf.train.NewCheckpointReader(file_name)
    shapes = reader.get_variable_to_shape_map()
    if all_tensors or all_tensor_names:
        for name in sorted(shapes):
            print("tensor_name: ", name)
            if all_tensors:
                print(reader.get_tensor(name))
    elif not tensor_name:
        print(reader.debug_string().decode("utf-8"))
    else:
        print("tensor_name: ", tensor_name)
        print(reader.get_tensor(tensor_name))
    counted = [
        shape for name, shape in shapes.items()
        if not (count_exclude_pattern and re.search(count_exclude_pattern, name))
    ]  # fmt: skip
    print(f"# Total number of params: {sum(int(np.prod(shape)) for shape in counted)}")


# --- freeze_graph ---------------------------------------------------------------------------------
def freeze_graph(
    input_graph: str,
    input_saver: str,
    input_binary: bool,
    input_checkpoint: str,
    output_node_names: str,
    restore_op_name: str | None,
    filename_tensor_name: str | None,
    output_graph: str,
    clear_devices: bool,
    initializer_nodes: str,
    variable_names_whitelist: str = "",
    variable_names_blacklist: str = "",
    input_meta_graph: str | None = None,
    input_saved_model_dir: str | None = None,
    saved_model_tags: str = "serve",
    checkpoint_version: int = 2,
) -> Any:
    """Writes a graph with the variables of a checkpoint as constants; gives its GraphDef.

    Args:
      input_graph: a file with a GraphDef; "" with one of the two below.
      input_saver: a file with a SaverDef, or "".
      input_binary: whether these files are binary, and not text.
      input_checkpoint: the checkpoint's prefix; not needed with `input_saved_model_dir`.
      output_node_names: the nodes that are kept with what they need, with commas between.
      restore_op_name: not used, as in TensorFlow.
      filename_tensor_name: not used, as in TensorFlow.
      output_graph: the file that is written, unless it is "".
      clear_devices: whether nodes lose their devices.
      initializer_nodes: nodes to run beforehand, with commas between.
      variable_names_whitelist: variables that become constants, with commas between; "" is all.
      variable_names_blacklist: variables that do not.
      input_meta_graph: a file with a MetaGraphDef, in place of `input_graph`.
      input_saved_model_dir: a saved model, in place of both and of the checkpoint.
      saved_model_tags: which of its graphs, with commas between.
      checkpoint_version: any; the checkpoint itself tells.

    Raises:
      OSError: a file is not there.
      ValueError: `output_node_names` is empty, or the checkpoint is not there.
    """
    del restore_op_name, filename_tensor_name, checkpoint_version
    if not output_node_names:
        raise ValueError("You need to supply the name of a node to --output_node_names.")
    with tf.Graph().as_default(), tf.Session() as session:
        if input_saved_model_dir:
            tags = saved_model_tags.split(",")
            tf.saved_model.loader.load(session, tags, input_saved_model_dir)
        else:
            saver = _imported(input_graph, input_meta_graph, input_saver, input_binary)
            if not tf.train.checkpoint_exists(input_checkpoint):
                raise ValueError(f"Input checkpoint '{input_checkpoint}' doesn't exist!")
            if initializer_nodes:
                session.run(_listed(initializer_nodes))
            _restore(session, saver, input_checkpoint)
        graph_def = session.graph.as_graph_def()
        if clear_devices:
            for node in graph_def.node:
                node.device = ""
        frozen = tf.graph_util.convert_variables_to_constants(
            session, graph_def, _listed(output_node_names),
            _listed(variable_names_whitelist) or None, _listed(variable_names_blacklist) or None,
        )  # fmt: skip
    if output_graph:
        with tf.gfile.GFile(output_graph, "wb") as file:
            file.write(frozen.SerializeToString())
    print(f"{len(frozen.node)} ops in the final graph.")
    return frozen


def _listed(names: str) -> Sequence[str]:
    return [name for name in names.replace(" ", "").split(",") if name]


def _message(path: str, kind: Any, is_binary: bool) -> Any:
    from google.protobuf import text_format

    if not tf.gfile.Exists(path):
        raise OSError(f"Input file '{path}' does not exist!")
    message = kind()
    with tf.gfile.GFile(path, "rb" if is_binary else "r") as file:
        if is_binary:
            message.ParseFromString(file.read())
        else:
            text_format.Merge(file.read(), message)
    return message


def _imported(graph: str, meta_graph: str | None, saver: str, is_binary: bool) -> Any:
    """Imports the graph into the default one; the saver that the files tell, or None."""
    if meta_graph:
        return tf.train.import_meta_graph(
            _message(meta_graph, tf.MetaGraphDef, is_binary), clear_devices=True
        )
    tf.import_graph_def(_message(graph, tf.GraphDef, is_binary), name="")
    if not saver:
        return None
    return tf.train.Saver(saver_def=_message(saver, tf.train.SaverDef, is_binary))


def _restore(session: tf.Session, saver: Any, checkpoint: str) -> None:
    """Restores the variables: by the saver, or each node whose name the checkpoint has."""
    if saver is not None:
        saver.restore(session, checkpoint)
        return
    names = tf.train.NewCheckpointReader(checkpoint).get_variable_to_shape_map()
    operations = {op.name: op for op in session.graph.get_operations()}
    found = {name: operations[name].outputs[0] for name in names if name in operations}
    tf.train.Saver(var_list=found).restore(session, checkpoint)
