"""Layers of Keras that compute what a raw op does, and what they do with masks.

Masks were asked of both generations (tf-keras 2.21, Keras 3.15).
"""

from __future__ import annotations

from dataclasses import dataclass

# These drop the mask of what they are given.
_ENDING = """
Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose Convolution1D Convolution2D
Convolution3D Cropping1D Cropping2D Cropping3D DepthwiseConv1D DepthwiseConv2D Flatten
GlobalAveragePooling2D GlobalAveragePooling3D GlobalAvgPool2D GlobalAvgPool3D GlobalMaxPool1D
GlobalMaxPool2D GlobalMaxPool3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D MaxPool1D
MaxPool2D MaxPool3D MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D
AveragePooling3D AvgPool1D AvgPool2D AvgPool3D Permute RepeatVector Reshape Resizing SeparableConv1D
SeparableConv2D UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
"""
ENDING_MASKS = frozenset(_ENDING.split())
# These make none, and pass on what they are given.
_PASSING = """
Activation ActivityRegularization Add AlphaDropout Average BatchNormalization Concatenate Dense Dot
Dropout ELU GaussianDropout GaussianNoise GroupNormalization Identity LayerNormalization LeakyReLU
Maximum Minimum Multiply Normalization PReLU ReLU Rescaling Softmax SpatialDropout1D
SpatialDropout2D SpatialDropout3D Subtract
"""
PASSING_MASKS = frozenset(_PASSING.split())
# Of one tensor these give one with as many axes.
KEEPING_RANK = (
    PASSING_MASKS
    - {"Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum"}
    - {*("Multiply", "Subtract")}
)
# These pass on a mask and do not look at it, as Softmax and BatchNormalization do.
PASSING_UNREAD = KEEPING_RANK - {
    *("ActivityRegularization", "BatchNormalization", "GroupNormalization", "Normalization"),
    "Softmax",
}
# The names of what makes a mask: a layer, and an argument.
MASK_MAKERS = frozenset({"Masking", "mask_zero"})
# They read the shape of a tensor and give no tensor.
SHAPE_READERS = frozenset({"backend.int_shape", "backend.ndim", "backend.is_keras_tensor"})


@dataclass(frozen=True)
class StockLayer:
    """A layer by its name in ``keras.layers``, and the source of its arguments."""

    name: str
    arguments: tuple[str, ...] = ()


_RELU = StockLayer("ReLU")
_ELU = StockLayer("ELU")
ACTIVATIONS = {
    "tf.nn.relu": _RELU,
    "K.relu": _RELU,
    "tf.nn.relu6": StockLayer("ReLU", ("6.0",)),
    "tf.nn.elu": _ELU,
    "K.elu": _ELU,
    "tf.tanh": StockLayer("Activation", ('"tanh"',)),
    "K.tanh": StockLayer("Activation", ('"tanh"',)),
    "tf.nn.selu": StockLayer("Activation", ('"selu"',)),
    "tf.nn.softplus": StockLayer("Activation", ('"softplus"',)),
    "tf.nn.softsign": StockLayer("Activation", ('"softsign"',)),
    "tf.nn.gelu": StockLayer("Activation", ('"gelu"',)),
    "tf.nn.silu": StockLayer("Activation", ('"swish"',)),
}
# Their layers remember the logits, which a loss that is given what they make uses instead.
KEEPING_LOGITS = {
    "tf.sigmoid": StockLayer("Activation", ('"sigmoid"',)),
    "K.sigmoid": StockLayer("Activation", ('"sigmoid"',)),
    "tf.nn.softmax": StockLayer("Activation", ('"softmax"',)),
    "K.softmax": StockLayer("Activation", ('"softmax"',)),
}
LEAKY_RELU = "tf.nn.leaky_relu"
# What TensorFlow takes where no slope is given; the layer of Keras takes another one.
TF_SLOPE = 0.2
CONCATENATIONS = frozenset({"tf.concat", "K.concatenate"})
DEFAULT_AXIS = -1
# All below were seen to make the graphs of the ops (tf-keras 2.21, Keras 3.15). Without
# `data_format` they take that of the user's configuration, of which the ops know nothing.
CHANNELS_LAST = 'data_format="channels_last"'
DATA_FORMATS = frozenset({"backend.image_data_format", "config.image_data_format"})
MERGES = {
    "tf.add": "Add",
    "tf.multiply": "Multiply",
    "tf.subtract": "Subtract",
    "tf.maximum": "Maximum",
    "tf.minimum": "Minimum",
}
# They do nothing with the values of a mask that has an axis less than its tensor, but pass it on.
PASSING_ALONE = frozenset({"Activation", "Concatenate", "ELU", "LeakyReLU", "ReLU"})
# They move values of any dtype, and cast none where they are given the dtype of their input.
MOVING = frozenset({"Concatenate", "Permute", "Reshape", "ZeroPadding2D", "ZeroPadding3D"})
TAKING_LISTS = frozenset({"Concatenate", *MERGES.values()})
GLOBAL_POOLS = {
    "tf.reduce_mean": "GlobalAveragePooling",
    "K.mean": "GlobalAveragePooling",
    "tf.reduce_max": "GlobalMaxPooling",
    "K.max": "GlobalMaxPooling",
}
# In Keras 3.15 they take the mean of half floats in float32, the op does not.
AVERAGING = "GlobalAveragePooling"
# The layer of one axis weighs with the mask.
AVERAGES = frozenset({"tf.reduce_mean", "K.mean"})
POOLS = {
    "tf.nn.max_pool": "MaxPooling2D",
    "tf.nn.max_pool2d": "MaxPooling2D",
    "tf.nn.avg_pool": "AveragePooling2D",
    "tf.nn.avg_pool2d": "AveragePooling2D",
}
PADDINGS = frozenset({"SAME", "VALID"})
# By the axes of the image: the layers of one axis differ in `data_format` between the generations.
PADS = {2: "ZeroPadding2D", 3: "ZeroPadding3D"}
PAD = "tf.pad"
TRANSPOSITIONS = frozenset({"tf.transpose", "K.permute_dimensions"})
RESHAPES = frozenset({"tf.reshape", "K.reshape"})
SHAPING = frozenset({"Permute", "Reshape"})
