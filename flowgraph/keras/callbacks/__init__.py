"""`tf.keras.callbacks`: what training calls at its beginnings and ends."""

from flowgraph.keras.callbacks.base import (
    BaseLogger,
    Callback,
    CallbackList,
    History,
    LambdaCallback,
    TerminateOnNaN,
    configure_callbacks,
    make_logs,
)  # fmt: skip
from flowgraph.keras.callbacks.control import (
    CSVLogger,
    EarlyStopping,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    RemoteMonitor,
)  # fmt: skip
from flowgraph.keras.callbacks.progress import ProgbarLogger, Progress
from flowgraph.keras.callbacks.tensorboard import TensorBoard

__all__ = [
    "BaseLogger", "CSVLogger", "Callback", "CallbackList", "EarlyStopping", "History",
    "LambdaCallback", "LearningRateScheduler", "ModelCheckpoint", "ProgbarLogger", "Progress",
    "ReduceLROnPlateau", "RemoteMonitor", "TensorBoard", "TerminateOnNaN", "configure_callbacks",
    "make_logs",
]  # fmt: skip
