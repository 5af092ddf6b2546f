"""`tf.keras.layers`: the layers of Keras."""
# ruff: noqa: F401

import importlib
from typing import Any

from flowgraph.core.lazy import missing
from flowgraph.keras.engine.base_layer import InputSpec, Layer
from flowgraph.keras.engine.input_layer import Input, InputLayer
from flowgraph.keras.layers.advanced_activations import (
    ELU,
    LeakyReLU,
    PReLU,
    ReLU,
    Softmax,
    ThresholdedReLU,
)  # fmt: skip
from flowgraph.keras.layers.attention import AdditiveAttention, Attention
from flowgraph.keras.layers.cells import (
    AbstractRNNCell,
    GRUCell,
    LSTMCell,
    SimpleRNNCell,
    StackedRNNCells,
)
from flowgraph.keras.layers.convolutional import (
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Conv3D,
    Conv3DTranspose,
    Convolution1D,
    Convolution2D,
    Convolution2DTranspose,
    Convolution3D,
    Convolution3DTranspose,
    Cropping1D,
    Cropping2D,
    Cropping3D,
    Deconv2D,
    Deconv3D,
    Deconvolution2D,
    Deconvolution3D,
    DepthwiseConv2D,
    SeparableConv1D,
    SeparableConv2D,
    SeparableConvolution1D,
    SeparableConvolution2D,
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)  # fmt: skip
from flowgraph.keras.layers.convolutional_recurrent import ConvLSTM2D, ConvLSTM2DCell
from flowgraph.keras.layers.core import (
    Activation,
    ActivityRegularization,
    Dense,
    Dropout,
    Flatten,
    Lambda,
    Masking,
    Permute,
    RepeatVector,
    Reshape,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)  # fmt: skip
from flowgraph.keras.layers.embeddings import Embedding
from flowgraph.keras.layers.local import LocallyConnected1D, LocallyConnected2D
from flowgraph.keras.layers.merge import (
    Add,
    Average,
    Concatenate,
    Dot,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    concatenate,
    dot,
    maximum,
    minimum,
    multiply,
    subtract,
)  # fmt: skip
from flowgraph.keras.layers.noise import AlphaDropout, GaussianDropout, GaussianNoise
from flowgraph.keras.layers.normalization import BatchNormalization, LayerNormalization
from flowgraph.keras.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    AvgPool1D,
    AvgPool2D,
    AvgPool3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalAvgPool3D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlobalMaxPool3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    MaxPool1D,
    MaxPool2D,
    MaxPool3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)  # fmt: skip
from flowgraph.keras.layers.recurrent import (
    GRU,
    LSTM,
    RNN,
    CuDNNGRU,
    CuDNNLSTM,
    SimpleRNN,
)  # fmt: skip
from flowgraph.keras.layers.wrappers import Bidirectional, TimeDistributed, Wrapper
from flowgraph.keras.utils.generic import deserialize_keras_object, serialize_keras_object

BatchNormalizationV1, BatchNormalizationV2 = BatchNormalization, BatchNormalization

# What is made on a floor above, and loads when it is first asked for.
_ABOVE = {"DenseFeatures": "flowgraph.feature_column.keras_layers"}


def __getattr__(name: str) -> Any:
    if name in _ABOVE:
        return getattr(importlib.import_module(_ABOVE[name]), name)
    raise missing(__name__, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_ABOVE})


def serialize(layer: Any) -> Any:
    """{"class_name", "config"} of a layer."""
    return serialize_keras_object(layer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The layer of a {"class_name", "config"}.

    Raises:
      ValueError: nobody knows the class.
    """
    from flowgraph.keras.engine.network import Network
    from flowgraph.keras.engine.sequential import Sequential
    from flowgraph.keras.engine.training import Model

    known = {**globals(), "Model": Model, "Network": Network, "Sequential": Sequential}
    return deserialize_keras_object(config, known, custom_objects, "layer")
