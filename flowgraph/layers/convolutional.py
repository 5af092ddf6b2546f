"""`tf.layers`' convolutions, as classes and as functions."""

from __future__ import annotations

from flowgraph.layers.base import Layer
from flowgraph.layers.base_conv import BaseConv, BaseConvTranspose
from flowgraph.layers.base_separable import BaseSeparableConv
from flowgraph.layers.utils import layer_function


class Conv1D(BaseConv, Layer):
    """A convolution of sequences [batch, steps, channels] (tf.layers.Conv1D); see `BaseConv`."""

    rank = 1


class Conv2D(BaseConv, Layer):
    """A convolution of images [batch, height, width, channels] (tf.layers.Conv2D).

    Its variables are `kernel` [height, width, channels, filters] and `bias`; see `BaseConv`.
    """

    rank = 2


class Conv3D(BaseConv, Layer):
    """A convolution of volumes (tf.layers.Conv3D); see `BaseConv`."""

    rank = 3


class SeparableConv1D(BaseSeparableConv, Layer):
    """A separable convolution of sequences (tf.layers.SeparableConv1D); see `BaseSeparableConv`."""

    rank = 1


class SeparableConv2D(BaseSeparableConv, Layer):
    """A separable convolution of images (tf.layers.SeparableConv2D); see `BaseSeparableConv`.

    Its variables are `depthwise_kernel`, `pointwise_kernel` and `bias`.
    """

    rank = 2


class Conv2DTranspose(BaseConvTranspose, Layer):
    """The transpose of `Conv2D` (tf.layers.Conv2DTranspose); see `BaseConvTranspose`.

    Its variables are `kernel` [height, width, filters, channels] and `bias`.
    """

    rank = 2


class Conv3DTranspose(BaseConvTranspose, Layer):
    """The transpose of `Conv3D` (tf.layers.Conv3DTranspose); see `BaseConvTranspose`."""

    rank = 3


_REST = """

    The arguments are `inputs`, those of the layer and `reuse`, whether to use the variables of the
    layer of this `name` again.
    """
conv1d = layer_function(
    Conv1D, "conv1d", "Convolves sequences with new variables (tf.layers.conv1d)." + _REST
)
conv2d = layer_function(
    Conv2D, "conv2d", "Convolves images with new variables (tf.layers.conv2d)." + _REST
)
conv3d = layer_function(
    Conv3D, "conv3d", "Convolves volumes with new variables (tf.layers.conv3d)." + _REST
)
separable_conv1d = layer_function(
    SeparableConv1D,
    "separable_conv1d",
    "Convolves each channel of sequences, then mixes them (tf.layers.separable_conv1d)." + _REST,
)
separable_conv2d = layer_function(
    SeparableConv2D,
    "separable_conv2d",
    "Convolves each channel of images, then mixes them (tf.layers.separable_conv2d)." + _REST,
)
conv2d_transpose = layer_function(
    Conv2DTranspose,
    "conv2d_transpose",
    "The transpose of `conv2d`, which makes images larger (tf.layers.conv2d_transpose)." + _REST,
)
conv3d_transpose = layer_function(
    Conv3DTranspose,
    "conv3d_transpose",
    "The transpose of `conv3d`, which makes volumes larger (tf.layers.conv3d_transpose)." + _REST,
)

Convolution1D, Convolution2D, Convolution3D = Conv1D, Conv2D, Conv3D
SeparableConvolution2D = SeparableConv2D
Convolution2DTranspose = Deconvolution2D = Deconv2D = Conv2DTranspose
Convolution3DTranspose = Deconvolution3D = Deconv3D = Conv3DTranspose
convolution1d, convolution2d, convolution3d = conv1d, conv2d, conv3d
separable_convolution2d = separable_conv2d
convolution2d_transpose = deconvolution2d = deconv2d = conv2d_transpose
convolution3d_transpose = deconvolution3d = deconv3d = conv3d_transpose
