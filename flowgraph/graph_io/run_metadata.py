"""What a traced run recorded, as a RunMetadata message."""

from __future__ import annotations

from typing import Any

from flowgraph.graph_io import protos

_FIELDS = (
    "node_name", "all_start_micros", "op_start_rel_micros", "op_end_rel_micros",
    "all_end_rel_micros", "timeline_label", "thread_id", "scheduled_micros",
)  # fmt: skip


def run_metadata_message(metadata: Any) -> Any:
    """The RunMetadata message of a `tf.RunMetadata`; a message stays what it is."""
    if hasattr(metadata, "DESCRIPTOR"):
        return metadata
    message = protos.RunMetadata()
    for device in metadata.step_stats.dev_stats:
        stats = message.step_stats.dev_stats.add(device=device.device)
        for number, name in device.thread_names.items():
            stats.thread_names[number] = name
        for node in device.node_stats:
            told = stats.node_stats.add(**{field: getattr(node, field) for field in _FIELDS})
            output = told.output.add()
            described = output.tensor_description.allocation_description
            described.requested_bytes = described.allocated_bytes = node.output_bytes
    return message
