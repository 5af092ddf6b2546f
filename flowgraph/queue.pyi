# Made by docs/make_stubs.py: do not edit.
from flowgraph.ops.state.queues import FIFOQueue as FIFOQueue
from flowgraph.ops.state.queues import PaddingFIFOQueue as PaddingFIFOQueue
from flowgraph.ops.state.queues import PriorityQueue as PriorityQueue
from flowgraph.ops.state.queues import QueueBase as QueueBase
from flowgraph.ops.state.queues import RandomShuffleQueue as RandomShuffleQueue
