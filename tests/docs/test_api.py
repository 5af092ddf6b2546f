"""The public API beside TensorFlow 1.15's: what scripts use is there, with its arguments."""

import inspect
import re
from pathlib import Path

from flowgraph.scripts import judge

DOCS = Path(__file__).parents[2] / "docs"

# Functions whose arguments differ, and why.
DIFFERENT = {
    "Operation": "nodes are made by functions; its constructor is not for users",
    "Variable.SaveSliceInfo": "it is made by partitioners",
    "variable_op_scope": "takes the others as they come",
    "nest.assert_same_structure": "composite tensors are not expanded",
    "nest.flatten": "composite tensors are not expanded",
    "nest.pack_sequence_as": "composite tensors are not expanded",
    "errors.UnknownError": "its code is its class's",
    "keras.backend.name_scope": "as tf.name_scope's first argument",
    "keras.layers.Conv2DTranspose": "no output_padding",
    "keras.layers.Conv3DTranspose": "no output_padding",
    "keras.layers.Convolution2DTranspose": "no output_padding",
    "keras.layers.Convolution3DTranspose": "no output_padding",
    "keras.layers.LocallyConnected1D": "the last arguments by name",
    "keras.models.save_model": "no options, which came after 1.15",
    "keras.utils.GeneratorEnqueuer": "the queue of sequences",
}


def test_nearly_all_uses_of_public_scripts_are_covered():
    uses = there = 0
    for line in (DOCS / "tf1_usage.tsv").read_text().splitlines()[1:]:
        symbol, _, count = line.split("\t")
        found = judge.resolve(symbol.removeprefix("tf.").removesuffix(".*"), False)
        uses += int(count)
        there += int(count) * (not isinstance(found, judge.Absent))
    assert there / uses > 0.97


def names(arguments: str) -> list[str]:
    """The names of arguments that may be given by place, of "x, y=(1, 2), *args, z=','"."""
    plain = re.sub(r"<[^>]*>|\([^()]*\)|\[[^\[\]]*\]", "", arguments)
    found = [part.partition("=")[0].strip() for part in plain.split(",")]
    return [n for n in found if n.isidentifier() and n not in ("self", "cls")]


def test_arguments_are_tensorflows_in_its_order():
    wrong = []
    for line in (DOCS / "tf1_signatures.txt").read_text().splitlines():
        name, _, arguments = line.removesuffix(")").partition("(")
        if line.startswith("class ") or "*args" in arguments or name in DIFFERENT:
            continue
        found = judge.resolve(name, False)
        if isinstance(found, judge.Absent) or not callable(found):
            continue
        try:
            parameters = judge.parameters(found)
        except (TypeError, ValueError):  # a message, or a class that is written in C
            continue
        wanted = names(arguments)
        ours = [p.name for p in parameters if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
        kinds = {p.kind for p in parameters}
        if inspect.Parameter.VAR_KEYWORD in kinds:  # it may take the last ones by name
            wanted = wanted[: len(ours)]
        if inspect.Parameter.VAR_POSITIONAL not in kinds and ours[: len(wanted)] != wanted:
            wrong.append(f"{name}: {ours}, TensorFlow has {wanted}")
    assert wrong == []
