"""`tf.contrib.deprecated`: summaries by the names that they had before 1.0."""

from flowgraph.core.lazy import face as _face

_NAMES = {
    "flowgraph.summary.older": (
        "audio_summary histogram_summary image_summary merge_all_summaries merge_summary "
        "scalar_summary"
    ),
}
__getattr__, __dir__, __all__ = _face(__name__, _NAMES)
