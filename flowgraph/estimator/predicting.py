"""Running predictions until the input's end, and what is asked of checkpoints and inputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import flowgraph as tf


def step_of(directory: str) -> int:
    """The global step of the newest checkpoint; 0 where there is none."""
    path = tf.train.latest_checkpoint(directory)
    reader = tf.train.NewCheckpointReader(path) if path else None
    if reader is None or not reader.has_tensor(tf.GraphKeys.GLOBAL_STEP):
        return 0
    return int(reader.get_tensor(tf.GraphKeys.GLOBAL_STEP))


def ends(features: Any) -> bool:
    """Whether the input comes from something that has an end."""
    tensors = [x for x in tf.contrib.framework.nest.flatten(features) if isinstance(x, tf.Tensor)]
    iterated = any(t.op.type.startswith("IteratorGetNext") for t in tensors)
    return iterated or bool(tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS))


def chosen(predictions: Any, keys: Any) -> Any:
    """The predictions of these names; ValueError where there are none."""
    if not keys:
        return predictions
    if not isinstance(predictions, dict):
        raise ValueError("predict_keys argument is not valid in case of non-dict predictions.")
    chosen = {key: value for key, value in predictions.items() if key in keys}
    if not chosen:
        raise ValueError(
            f"Expected to run at least one output from {predictions.keys()}, provided {keys}."
        )
    return chosen


def runs(graph: Any, session: Any, fetches: Any) -> Iterator[Any]:
    """The values of each run until the input's end.

    The graph is the default one while a run lasts, and not while the caller has the values.
    """
    kind = None
    try:
        while not session.should_stop():
            with graph.as_default():
                found = session.run(fetches)
            yield found
    except (tf.errors.OutOfRangeError, StopIteration):
        pass  # the input's end is a good end
    except BaseException as error:
        kind = type(error)
        raise
    finally:
        with graph.as_default():
            session.__exit__(kind, None, None)


def batch_length(found: dict[str, Any]) -> int:
    """How many examples a batch has; ValueError where predictions differ."""
    length = None
    for key, value in found.items():
        length = length or value.shape[0]
        if value.shape[0] != length:
            raise ValueError(
                f"Batch length of predictions should be same. {key} has different batch length "
                "than others."
            )
    return length or 0
