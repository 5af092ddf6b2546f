"""The older names of what writes and reads summaries (tf.train)."""

from flowgraph.summary.event_file import summary_iterator
from flowgraph.summary.writer import FileWriter, FileWriterCache

SummaryWriter, SummaryWriterCache = FileWriter, FileWriterCache

__all__ = ["SummaryWriter", "SummaryWriterCache", "summary_iterator"]
