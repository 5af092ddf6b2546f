"""tf.summary: summaries in the graph, and the files of events that TensorBoard reads."""

from flowgraph.core import lazy as _lazy

_NAMES = {
    "flowgraph.graph_io.protos": (
        "Event SessionLog Summary SummaryDescription SummaryMetadata TaggedRunMetadata"
    ),
    "flowgraph.summary.functions": (
        "audio get_summary_description histogram image merge merge_all scalar tensor_summary text"
    ),
    "flowgraph.summary.plugin_asset": "PluginAsset get_all_plugin_assets get_plugin_asset",
    "flowgraph.summary.writer": "FileWriter FileWriterCache",
}
__getattr__, __dir__, __all__ = _lazy.face(__name__, _NAMES)
