"""What ops do, in plain English, and the words that their layers are named with.

``{x}`` stands for what an op is given, ``{x2}`` and ``{x3}`` for what follows, any other name for the
argument of that name, or for the words behind ``|`` where it is not given; ``{x:images}`` says what
the only input of a layer is called. What stands in square brackets is left out where an argument in
it is not given.
"""

# ruff: noqa: E501
from __future__ import annotations

import re
from dataclasses import dataclass

PLACE = re.compile(r"\{(\w+)(?::([^}|]*))?(?:\|([^}]*))?\}")
"""What stands for an argument: its name, what an only input is called, the words without it."""


@dataclass(frozen=True, kw_only=True)
class OpWords:
    """How one op is spoken of.

    ``makes`` is a noun phrase for what comes out, ``does`` a sentence, empty where the noun says it
    better; ``moves`` tells that the op moves, cuts or repeats elements and can go on with ``it``.
    ``noun`` names a layer of several ops. ``alone`` names one of the op alone, where the op's own
    name will not do. ``shown`` are the arguments that a layer is given even where they are literals.
    """

    noun: str
    makes: str
    does: str
    moves: bool
    shown: tuple[str, ...]
    alone: str


_TABLE = """
sum | Sum | the sum of {x} over {axis|all axes} | | axis |
mean | Mean | the mean of {x} over {axis|all axes} | | axis |
max | Max | the maximum of {x} over {axis|all axes} | | axis |
min | Min | the minimum of {x} over {axis|all axes} | | axis |
prod | Product | the product of {x} over {axis|all axes} | | axis |
reduce_prod | Product | the product of {x} over {axis|all axes} | | axis |
reduce_std | StandardDeviation | the standard deviation of {x} over {axis|all axes} | | axis |
std | StandardDeviation | the standard deviation of {x} over {axis|all axes} | | axis |
reduce_variance | Variance | the variance of {x} over {axis|all axes} | | axis |
var | Variance | the variance of {x} over {axis|all axes} | | axis |
reduce_euclidean_norm | Norm | the Euclidean norm of {x} over {axis|all axes} | | axis |
reduce_logsumexp | LogSumExp | the logarithm of the summed exponentials of {x} over {axis|all axes} | | axis |
logsumexp | LogSumExp | the logarithm of the summed exponentials of {x} over {axis|all axes} | | axis |
norm | Norm | the norm of {x} over {axis|all axes} | | axis |
reduce_any | Any | whether any value of {x} is true along {axis|all axes} | Tells whether any value of {x} is true along {axis|all axes} | axis |
reduce_all | All | whether all values of {x} are true along {axis|all axes} | Tells whether all values of {x} are true along {axis|all axes} | axis |
argmax | Argmax | the index of the largest value of {x} along {axis} | | axis |
argmin | Argmin | the index of the smallest value of {x} along {axis} | | axis |
top_k | TopK | the {k} largest values of {x} and their indices along the last axis | | k |
sort | Sorted | {x} sorted along {axis|the last axis} | ~Sorts {x} along {axis|the last axis} | axis |
argsort | Argsort | the indices that sort {x} along {axis|the last axis} | | axis |
cumsum | RunningSum | the running sum of {x} along {axis|axis 0} | | axis |
cumprod | RunningProduct | the running product of {x} along {axis|axis 0} | | axis |
moments | Moments | the mean and the variance of {x} over {axes} | | |
add | Sum | the sum of {x} and {x2} | ~Adds {x2} to {x} | | AddTensors
subtract | Difference | {x} less {x2} | ~Subtracts {x2} from {x} | | SubtractTensors
multiply | Product | the product of {x} and {x2} | ~Multiplies {x} by {x2} | | MultiplyTensors
scalar_mul | Product | {x2} times {x} | Multiplies {x2} by {x} | |
divide | Quotient | {x} divided by {x2} | ~Divides {x} by {x2} | | DivideTensors
divide_no_nan | Quotient | {x} divided by {x2}, zero for a zero divisor, | Divides {x} by {x2}; zero where the divisor is | |
floor_divide | Quotient | {x} divided by {x2} and rounded down | ~Divides {x} by {x2} and rounds down | | FloorDivideTensors
mod | Remainder | the remainder of {x} divided by {x2} | | | Remainder
floormod | Remainder | the remainder of {x} divided by {x2} | | | Remainder
pow | Power | {x} to the power of {x2} | ~Raises {x} to the power of {x2} | |
power | Power | {x} to the power of {x2} | Raises {x} to the power of {x2} | | RaiseToPower
negative | Negative | the negative of {x} | Changes the sign of {x} | | ChangeSign
maximum | Maximum | the larger of {x} and {x2} | The larger of {x} and {x2}, element by element | | ElementwiseMaximum
minimum | Minimum | the smaller of {x} and {x2} | The smaller of {x} and {x2}, element by element | | ElementwiseMinimum
add_n | Sum | the sum of {x:tensors} | Adds up {x:tensors} | |
accumulate_n | Sum | the sum of {x:tensors} | Adds up {x:tensors} | |
squared_difference | SquaredDifference | the squared difference of {x} and {x2} | | |
abs | Magnitude | the absolute value of {x} | | | AbsoluteValue
sign | Sign | the sign of {x} | | |
square | Square | the square of {x} | ~Squares {x} | |
sqrt | SquareRoot | the square root of {x} | | |
rsqrt | InverseRoot | the inverse square root of {x} | | |
reciprocal | Reciprocal | the reciprocal of {x} | | |
exp | Exponential | the exponential of {x} | | |
log | Logarithm | the logarithm of {x} | | |
log1p | Log1p | the logarithm of one plus {x} | | |
expm1 | Expm1 | the exponential of {x}, less one | The exponential of {x}, less one | |
sin | Sine | the sine of {x} | | |
cos | Cosine | the cosine of {x} | | |
erf | Erf | the error function of {x} | | |
floor | Floor | {x} rounded down | ~Rounds {x} down | |
ceil | Ceil | {x} rounded up | ~Rounds {x} up | |
round | Rounded | {x} rounded | Rounds {x} to whole numbers | |
clip_by_value | Clipped | {x} clipped to the range from {clip_value_min} to {clip_value_max} | ~Clips {x} to the range from {clip_value_min} to {clip_value_max} | clip_value_min clip_value_max |
clip | Clipped | {x} clipped to the range from {min_value} to {max_value} | ~Clips {x} to the range from {min_value} to {max_value} | min_value max_value |
matmul | MatrixProduct | the matrix product of {x} and {x2} | The matrix product of {x} and {x2} | | MatrixProduct
dot | DotProduct | the dot product of {x} and {x2} | | | DotProductOfTensors
batch_dot | BatchDot | the dot product of {x} and {x2}, sample by sample | | axes |
tensordot | Tensordot | the product of {x} and {x2}, summed over {axes} | | axes |
apply | Activation | {function} of {x} | Applies {function} to {x} | |
relu | Relu | the ReLU of {x} | | | ReluActivation
relu6 | Relu6 | the ReLU of {x}, up to 6, | The ReLU of {x}, up to 6 | |
leaky_relu | LeakyRelu | the leaky ReLU of {x} | | alpha | LeakyReluActivation
elu | Elu | the ELU of {x} | | | EluActivation
selu | Selu | the SELU of {x} | | |
gelu | Gelu | the GELU of {x} | | | GeluActivation
silu | Swish | the swish of {x} | | |
sigmoid | Sigmoid | the sigmoid of {x} | | | SigmoidActivation
hard_sigmoid | HardSigmoid | the hard sigmoid of {x} | | |
tanh | Tanh | the tanh of {x} | | | TanhActivation
softplus | Softplus | the softplus of {x} | | |
softsign | Softsign | the softsign of {x} | | |
softmax | Softmax | the softmax of {x} over {axis|the last axis} | | axis | SoftmaxActivation
log_softmax | LogSoftmax | the logarithm of the softmax of {x} over {axis|the last axis} | | axis |
log_sigmoid | LogSigmoid | the logarithm of the sigmoid of {x} | | |
l2_normalize | Normalized | {x} scaled to length 1 along {axis|all axes} | ~Scales {x} to length 1 along {axis|all axes} | axis |
concat | Joined | {x:tensors} joined along {axis|the last axis} | Joins {x:tensors} along {axis|the last axis} | axis |
concatenate | Joined | {x:tensors} joined along {axis|the last axis} | Joins {x:tensors} along {axis|the last axis} | axis | JoinTensors
stack | Stacked | {x:tensors} stacked along a new axis | Stacks {x:tensors} along {axis|axis 0}, a new one | axis |
split | Parts | the parts of {x} along {axis|axis 0} | ~Splits {x} {num_or_size_splits} along {axis|axis 0} | num_or_size_splits axis |
unstack | Parts | the parts of {x} along {axis|axis 0} | ~Takes {x} apart along {axis|axis 0} | axis |
reshape | Reshaped | {x} reshaped to {shape} | ~Reshapes {x} to {shape} | shape | ReshapeTensor
transpose | Transposed | {x} with its axes in the order {perm} | ~Puts the axes of {x} into the order {perm} | perm |
permute_dimensions | Transposed | {x} with its axes in the order {pattern} | ~Puts the axes of {x} into the order {pattern} | pattern |
expand_dims | Expanded | {x} with an axis of size 1 at {axis|the end} | ~Inserts an axis of size 1 into {x} at {axis|the end} | axis |
squeeze | Squeezed | {x} without {axis|its axes of size 1} | ~Removes {axis|every axis}, of size 1, from {x} | axis |
flatten | Flattened | {x} flattened to one axis | ~Flattens {x} to one axis | | FlattenTensor
batch_flatten | Flattened | {x} flattened sample by sample | ~Flattens {x} sample by sample | |
reverse | Reversed | {x} reversed along {axis} | ~Reverses {x} along {axis} | axis |
roll | Rolled | {x} rolled by {shift} along {axis} | ~Rolls {x} by {shift} along {axis} | shift axis |
tile | Tiled | {x} repeated {multiples} times | ~Repeats {x}, {multiples} times along its axes | multiples |
repeat | Repeated | {x} with each element repeated {repeats} times | ~Repeats each element of {x} {repeats} times[ along {axis}] | repeats axis |
repeat_elements | Repeated | {x} with each element repeated {rep} times | ~Repeats each element of {x} {rep} times along {axis} | rep axis |
pad | Padded | {x} padded by {paddings} | ~Pads {x} by {paddings}[ in the mode {mode}] | paddings |
gather | Gathered | the items of {x} at {x2} | Picks the items of {x} at {x2}[ along {axis}] | axis |
gather_nd | Gathered | the items of {x} at {x2} | Picks the items of {x} at {x2} | |
boolean_mask | Masked | {x} where {x2} is true | Keeps {x} where {x2} is true | |
one_hot | OneHot | the one-hot vectors of {x:indices} | One-hot vectors of size {depth} for {x:indices} | depth |
cast | Cast | {x} | ~Casts {x} to {dtype} | |
resize | Resized | {x:images} resized to {size} | ~Resizes {x:images} to {size}[ with {method} interpolation] | size |
depth_to_space | DepthToSpace | {x} with channels moved into blocks of pixels | ~Moves the channels of {x:images} into blocks of {block_size} by {block_size} pixels | block_size |
space_to_depth | SpaceToDepth | {x} with blocks of pixels moved into the channels | ~Moves blocks of {block_size} by {block_size} pixels of {x:images} into the channels | block_size |
stop_gradient | StopGradient | {x} without its gradient | Passes {x} on and stops the gradient | |
identity | Identity | {x} | Passes {x} on as it is | |
zeros_like | Zeros | zeros in the shape of {x} | | |
ones_like | Ones | ones in the shape of {x} | | |
axis_size | Size | the size of {x} along {axis} | | |
shape | Shape | the shape of {x} | | |
size | Size | the number of elements of {x} | | |
rgb_to_grayscale | Grayscale | {x} in grey | Turns the colours of {x:images} into grey | |
per_image_standardization | Standardized | {x} with mean 0 and variance 1 in each image | Scales each of {x:the images} to mean 0 and variance 1 | |
where | Chosen | {x2} {condition}, else {x3} | Takes {x2} {condition}, else {x3} | |
first_item | First | the first of {x} | Takes the first of {x} | |
last_item | Last | the last of {x} | Takes the last of {x} | |
slice | Slice | the part {index} of {x} | Cuts the part {index} out of {x} | |
equal | Equal | where {x} equals {x2} | Tells where {x} equals {x2} | | IsEqual
not_equal | NotEqual | where {x} differs from {x2} | Tells where {x} differs from {x2} | | IsNotEqual
greater | Greater | where {x} is greater than {x2} | Tells where {x} is greater than {x2} | | IsGreater
greater_equal | GreaterEqual | where {x} is at least {x2} | Tells where {x} is at least {x2} | | IsAtLeast
less | Less | where {x} is less than {x2} | Tells where {x} is less than {x2} | | IsLess
less_equal | LessEqual | where {x} is at most {x2} | Tells where {x} is at most {x2} | | IsAtMost
logical_and | Both | where both {x} and {x2} are true | Tells where both {x} and {x2} are true | | BothTrue
logical_or | Either | where {x} or {x2} is true | Tells where {x} or {x2} is true | | EitherTrue
logical_xor | OneOf | where just one of {x} and {x2} is true | Tells where just one of {x} and {x2} is true | | OneTrue
logical_not | Not | where {x} is false | Tells where {x} is false | | NotTrue
"""


def _words(row: str) -> tuple[str, OpWords]:
    op, noun, makes, does, shown, alone = (cell.strip() for cell in row.split(" |"))
    words = OpWords(
        noun=noun,
        makes=makes,
        does=does.removeprefix("~"),
        moves=does.startswith("~"),
        shown=tuple(shown.split()),
        alone=alone,
    )
    return op, words


OP_WORDS = dict(map(_words, _TABLE.strip().splitlines()))
"""By the short names that idioms know ops by."""

ARGUMENT_NAMES = {
    "clip_value_max": "maximum",
    "clip_value_min": "minimum",
    "max_value": "maximum",
    "min_value": "minimum",
    "num_or_size_splits": "parts",
    "pattern": "perm",
    "rep": "repeats",
}
"""What the parameters of ops are called as those of layers."""
OTHER_SIDE = {
    "add": "offset",
    "divide": "divisor",
    "floor_divide": "divisor",
    "matmul": "matrix",
    "maximum": "minimum",
    "minimum": "maximum",
    "mod": "divisor",
    "multiply": "factor",
    "pow": "exponent",
    "scalar_mul": "factor",
    "subtract": "offset",
}
"""What a plain value is to the tensor that an op takes with it."""
CONSTANT_NAMES = {
    "add": "AddConstant",
    "divide": "DivideBy",
    "maximum": "LowerBound",
    "minimum": "UpperBound",
    "multiply": "Scale",
    "pow": "RaiseToPower",
    "power": "RaiseToPower",
    "scalar_mul": "Scale",
    "subtract": "SubtractConstant",
}
"""The names of layers of an op that is given one tensor and a plain value."""
CONSTANT_NOUNS = {
    "add": "shifted",
    "divide": "scaled",
    "multiply": "scaled",
    "subtract": "shifted",
}
"""What comes out where such an op is given what other ops make."""
WITH_TENSOR = {
    "add": "add",
    "divide": "divide_by",
    "matmul": "multiply_by",
    "multiply": "multiply_by",
    "subtract": "subtract",
}
"""What is done to a tensor with what other ops make."""
