"""TensorFlow's protocol buffer messages, made when first asked for: `protos.GraphDef()`.

The tables are in the modules of this package; `core/messages.py` tells how to read them.
"""

from types import SimpleNamespace
from typing import Any

from flowgraph.graph_io.protos import checkpoints, graph, summary, trace, training
from flowgraph.ops.parsing import messages

SCHEMAS = (
    graph.SCHEMA, summary.SCHEMA, training.SCHEMA, checkpoints.SCHEMA, trace.SCHEMA,
    messages.SCHEMA,
)  # fmt: skip


def __getattr__(name: str) -> Any:
    for schema in SCHEMAS:
        if name in schema.names:
            made = globals()[name] = schema.get(name)
            return made
    for schema in SCHEMAS:  # the values of enums stand beside these, as DT_FLOAT does
        if name in schema.enum_values:
            return schema.enum_values[name]
    raise AttributeError(f"TensorFlow has no protocol buffer message {name!r} here")


def __dir__() -> list[str]:
    return sorted({*globals(), *[name for schema in SCHEMAS for name in schema.names]})


def modules() -> dict[str, SimpleNamespace]:
    """TensorFlow's modules of messages: "core/framework/graph" -> what graph_pb2 would hold."""
    found: dict[str, SimpleNamespace] = {}
    for schema in SCHEMAS:
        found.update(schema.modules())
    return found
