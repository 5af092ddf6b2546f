"""Several readers that fill one queue (tf.contrib.slim.parallel_reader)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowgraph import summary
from flowgraph.core.dtypes import float32, string
from flowgraph.core.graph import name_scope
from flowgraph.ops.math.add_n import add_n
from flowgraph.ops.math.cast import cast
from flowgraph.ops.parsing.readers import ReaderBase
from flowgraph.ops.state.queues import FIFOQueue, QueueBase, RandomShuffleQueue
from flowgraph.platform import gfile
from flowgraph.train.input import string_input_producer
from flowgraph.train.queue_runner import QueueRunner, add_queue_runner


class ParallelReader(ReaderBase):
    """Readers of different files that put their records into one queue.

    Args:
      reader_class: makes a reader.
      common_queue: the queue of the pairs (key, value), two strings.
      num_readers: how many readers there are.
      reader_kwargs: arguments of `reader_class`.

    Raises:
      TypeError: the queue is of other types.
    """

    def __init__(
        self,
        reader_class: Callable[..., Any],
        common_queue: QueueBase,
        num_readers: int = 4,
        reader_kwargs: dict[str, Any] | None = None,
    ) -> None:
        types = list(common_queue.dtypes)
        if len(types) != 2 or any(not t.is_compatible_with(string) for t in types):
            raise TypeError("common_queue.dtypes must be [tf.string, tf.string]")
        self._readers = [reader_class(**(reader_kwargs or {})) for _ in range(num_readers)]
        self._common_queue = common_queue

    @property
    def num_readers(self) -> int:
        """How many readers there are."""
        return len(self._readers)

    @property
    def common_queue(self) -> QueueBase:
        """The queue of the records."""
        return self._common_queue

    def read(self, queue: Any, name: str | None = None) -> Any:
        """The next record of the common queue, (key, value); a queue runner fills it.

        Args:
          queue: a queue of the names of the files.
          name: the operation's name.
        """
        self._fill_from(queue)
        return self._common_queue.dequeue(name=name)

    def read_up_to(self, queue: Any, num_records: Any, name: str | None = None) -> Any:
        """Up to `num_records` records of the common queue, (keys, values).

        Args:
          queue: a queue of the names of the files.
          num_records: how many at most.
          name: the operation's name.
        """
        self._fill_from(queue)
        return self._common_queue.dequeue_up_to(num_records, name)

    def _fill_from(self, queue: Any) -> None:
        enqueues = [self._common_queue.enqueue(reader.read(queue)) for reader in self._readers]
        add_queue_runner(QueueRunner(self._common_queue, enqueues))

    def num_records_produced(self, name: str | None = None) -> Any:
        """How many records were read by all readers."""
        return add_n([reader.num_records_produced() for reader in self._readers], name=name)

    def num_work_units_completed(self, name: str | None = None) -> Any:
        """How many files were read to their ends by all readers."""
        return add_n([reader.num_work_units_completed() for reader in self._readers], name=name)


def parallel_read(
    data_sources: Any,
    reader_class: Callable[..., Any],
    num_epochs: int | None = None,
    num_readers: int = 4,
    reader_kwargs: dict[str, Any] | None = None,
    shuffle: bool = True,
    dtypes: Any = None,
    capacity: int = 256,
    min_after_dequeue: int = 128,
    seed: int | None = None,
    scope: Any = None,
) -> Any:
    """A record (key, value), read by several readers.

    Args:
      data_sources: the names of the files, or patterns of them.
      reader_class: makes a reader.
      num_epochs: how often the files are read; without it for ever.
      num_readers: how many readers there are.
      reader_kwargs: arguments of `reader_class`.
      shuffle: whether files and records are shuffled.
      dtypes: the types of a record; two strings when absent.
      capacity: how many records the common queue holds.
      min_after_dequeue: how many stay in it when it shuffles.
      seed: of the shuffling.
      scope: the scope of the operations.
    """
    files = get_data_files(data_sources)
    with name_scope(scope, "parallel_read"):
        names = string_input_producer(files, num_epochs, shuffle, seed, name="filenames")
        types = dtypes or [string, string]
        common: QueueBase
        if shuffle:
            common = RandomShuffleQueue(
                capacity=capacity, min_after_dequeue=min_after_dequeue, dtypes=types, seed=seed,
                name="common_queue",
            )  # fmt: skip
        else:
            common = FIFOQueue(capacity=capacity, dtypes=types, name="common_queue")
        full = cast(common.size(), float32) * (1.0 / capacity)
        summary.scalar(f"fraction_of_{capacity}_full", full)
        return ParallelReader(reader_class, common, num_readers, reader_kwargs).read(names)


def single_pass_read(
    data_sources: Any,
    reader_class: Callable[..., Any],
    reader_kwargs: dict[str, Any] | None = None,
    scope: Any = None,
) -> Any:
    """A record (key, value); the files are read once, in their order.

    Args:
      data_sources: the names of the files, or patterns of them.
      reader_class: makes a reader.
      reader_kwargs: arguments of `reader_class`.
      scope: the scope of the operations.
    """
    files = get_data_files(data_sources)
    with name_scope(scope, "single_pass_read"):
        names = string_input_producer(
            files, num_epochs=1, shuffle=False, capacity=1, name="filenames"
        )
        return reader_class(**(reader_kwargs or {})).read(names)


def get_data_files(data_sources: Any) -> list[str]:
    """The names of files, patterns replaced by what fits them.

    Args:
      data_sources: a name, a pattern, or a list of such.

    Raises:
      ValueError: there is no such file.
    """
    files: list[str] = []
    if isinstance(data_sources, (list, tuple)):
        for source in data_sources:
            files += get_data_files(source)
    elif any(sign in data_sources for sign in "*?["):
        files = gfile.Glob(data_sources)
    else:
        files = [data_sources]
    if not files:
        raise ValueError(f"No data files found in {data_sources}")
    return files
