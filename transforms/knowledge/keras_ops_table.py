"""The rows of ``keras_ops``, which explains the columns.

What was tried and is not the same stands in ``DIFFERENT``, with the reason.
"""

# ruff: noqa: E501
from __future__ import annotations

TABLE = """
# Element by element.
tf.abs K.abs | absolute(x) | | known number | graph
tf.negative | negative(x) | | any | graph
tf.sign K.sign | sign(x) | | float | graph
tf.square K.square | square(x) | | number | graph
tf.sqrt | sqrt(x) | | float | graph
tf.math.rsqrt | rsqrt(x) | | float | graph
tf.exp K.exp | exp(x) | | float | graph
tf.math.expm1 | expm1(x) | | float | graph
tf.math.log K.log | log(x) | | float | graph
tf.math.log1p | log1p(x) | | float | graph
tf.sin K.sin | sin(x) | | float | graph
tf.cos K.cos | cos(x) | | float | graph
tf.tan | tan(x) | | float | graph
tf.sinh | sinh(x) | | float | graph
tf.cosh | cosh(x) | | float | graph
tf.tanh K.tanh | tanh(x) | | float | graph
tf.asin | arcsin(x) | | float | graph
tf.acos | arccos(x) | | float | graph
tf.atan | arctan(x) | | float | graph
tf.asinh | arcsinh(x) | | float | graph
tf.acosh | arccosh(x) | | float | graph
tf.atanh | arctanh(x) | | float | graph
tf.floor | floor(x) | | float | graph
tf.math.ceil | ceil(x) | | float | graph
tf.round K.round | round(x) | | float | graph
tf.math.erf | erf(x) | | float | graph
tf.math.erfinv | erfinv(x) | | float | graph
tf.math.reciprocal | reciprocal(x) | | float32 | graph | The symbolic result is float32 in Keras, whatever the dtype.
tf.math.is_nan | isnan(x) | | float | graph
tf.math.is_inf | isinf(x) | | float | graph
tf.math.is_finite | isfinite(x) | | float | graph
tf.logical_not | logical_not(x) | | bool | graph
tf.clip_by_value | clip(t, clip_value_min, clip_value_max) | | number | graph
K.clip | clip(x, min_value, ABOVE(max_value, min_value)) | | number | graph
tf.cast K.cast | cast(x, DTYPE(dtype)) | | any | graph
tf.stop_gradient | stop_gradient(input) | | any | graph
K.stop_gradient | stop_gradient(variables) | | any | graph
tf.zeros_like | zeros_like(input, dtype=DTYPE(dtype)) | | number | graph
K.zeros_like | zeros_like(x, dtype=DTYPE(dtype)) | | number | graph
tf.ones_like | ones_like(input, dtype=DTYPE(dtype)) | | number | graph
K.ones_like | ones_like(x, dtype=DTYPE(dtype)) | | number | graph

# Activations.
tf.nn.relu | relu(features) | | number | graph
tf.nn.relu6 | relu6(features) | | float | graph
tf.nn.elu | elu(features) | | float | graph
tf.nn.selu | selu(features) | | float | graph
tf.nn.silu | silu(features) | ?beta=1.0 | float | graph
tf.nn.gelu | gelu(features, approximate=approximate or False) | | float | graph
tf.nn.leaky_relu | leaky_relu(features, negative_slope=alpha) | | float | graph
tf.nn.softplus | softplus(features) | | float | graph
tf.nn.softsign | softsign(features) | | float | graph
tf.nn.softmax | softmax(logits, axis=axis) | axis! | float | graph
tf.nn.log_softmax | log_softmax(logits, axis=axis) | axis! | float | graph
tf.sigmoid K.sigmoid | sigmoid(x) | | float | graph
tf.math.log_sigmoid | log_sigmoid(x) | | float | graph
K.relu | relu(x) | ?alpha=0.0 ?threshold=0.0 | number | graph
K.relu | relu6(x) | ?alpha=0.0 max_value=6 ?threshold=0.0 | float | graph
K.elu | elu(x, alpha=alpha) | | float | graph
K.softmax | softmax(x, axis=axis) | axis! | float | graph
K.softplus | softplus(x) | | float | graph
K.softsign | softsign(x) | | float | graph



# Two tensors, element by element.
tf.scalar_mul | multiply(scalar, x) | | number | graph
tf.add | add(x, y) | | number | rules | Keras adds a vector as a bias.
tf.subtract | subtract(x, y) | | number | graph
tf.multiply | multiply(x, y) | | number | graph
tf.divide tf.truediv | divide(x, y) | | known float | graph
tf.math.divide_no_nan | divide_no_nan(x, y) | | known float | graph
tf.math.floordiv | floor_divide(x, y) | | number / single | graph
tf.math.mod | mod(x, y) | | number / single | graph | Keras rounds a Python number to another dtype first, but for float32.
tf.pow | power(x, y) | | number | graph
K.pow | power(x, a) | | number | graph
tf.maximum K.maximum | maximum(x, y) | | number | graph
tf.minimum K.minimum | minimum(x, y) | | number | graph
tf.atan2 | arctan2(y, x) | | float | graph
tf.less K.less | less(x, y) | | number / single | graph
tf.less_equal K.less_equal | less_equal(x, y) | | number / single | graph
tf.greater K.greater | greater(x, y) | | number / single | graph
tf.greater_equal K.greater_equal | greater_equal(x, y) | | number / single | graph
tf.equal K.equal | equal(x, y) | | number / single | graph
tf.not_equal K.not_equal | not_equal(x, y) | | number / single | graph
tf.logical_and | logical_and(x, y) | | bool | graph
tf.logical_or | logical_or(x, y) | | bool | graph
tf.math.logical_xor | logical_xor(x, y) | | bool | graph
tf.where | where(condition, x, y) | | number | graph

# Reductions.
tf.reduce_sum | sum(input_tensor, axis=axis, keepdims=keepdims) | | known number | graph
tf.reduce_mean | mean(input_tensor, axis=axis, keepdims=keepdims) | | wide float | graph
tf.reduce_max | max(input_tensor, axis=axis, keepdims=keepdims) | | number | graph
tf.reduce_min | min(input_tensor, axis=axis, keepdims=keepdims) | | number | graph
tf.reduce_prod | prod(input_tensor, axis=axis, keepdims=keepdims) | | known number | graph
tf.reduce_all | all(input_tensor, axis=axis, keepdims=keepdims) | | bool | graph
tf.reduce_any | any(input_tensor, axis=axis, keepdims=keepdims) | | bool | graph
tf.reduce_logsumexp | logsumexp(input_tensor, axis=axis, keepdims=keepdims) | | float32 | graph | The symbolic result is float32 in Keras, whatever the dtype.
tf.math.reduce_std | std(input_tensor, axis=axis, keepdims=keepdims) | | wide float | graph
tf.math.reduce_variance | var(input_tensor, axis=axis, keepdims=keepdims) | | wide float | graph
tf.norm | norm(tensor, axis=axis, keepdims=keepdims) | ?ord='euclidean' axis!! | float | bits
tf.nn.moments | moments(x, axes, keepdims=keepdims) | | wide float | graph
K.sum | sum(x, axis=axis, keepdims=keepdims) | | known number | graph
K.mean | mean(x, axis=axis, keepdims=keepdims) | | wide float | graph
K.max | max(x, axis=axis, keepdims=keepdims) | | number | graph
K.min | min(x, axis=axis, keepdims=keepdims) | | number | graph
K.prod | prod(x, axis=axis, keepdims=keepdims) | | known number | graph
K.all | all(x, axis=axis, keepdims=keepdims) | | bool | graph
K.any | any(x, axis=axis, keepdims=keepdims) | | bool | graph
K.std | std(x, axis=axis, keepdims=keepdims) | | wide float | graph
K.var | var(x, axis=axis, keepdims=keepdims) | | wide float | graph
tf.cumsum | cumsum(x, axis=axis or 0) | | number | graph
tf.math.cumprod | cumprod(x, axis=axis or 0) | | number | graph
K.cumsum | cumsum(x, axis=axis or 0) | | number | graph
K.cumprod | cumprod(x, axis=axis or 0) | | number | graph

# Products.
tf.einsum | einsum(NO_PRODUCT(equation), *inputs) | | float | graph
tf.matmul | matmul(a, b) | | known float | graph | The graph is the same but where one factor has two axes and the other more.
tf.matmul | einsum('...ij,...kj->...ik', a, b) | transpose_b=True | no half | proof | Two axes or float16 round otherwise. One op, so that the order of the weights stays: a transposition would be another one.
tf.matmul | einsum('...ji,...jk->...ik', a, b) | transpose_a=True | no half | proof | As above.
tf.tensordot | tensordot(a, b, axes=axes) | | float | graph

# Shapes.
tf.reshape | reshape(tensor, shape) | | any | graph
K.reshape | reshape(x, shape) | | any | graph
K.flatten | reshape(x, [-1]) | | any | graph
tf.transpose | transpose(a, axes=perm) | | any | graph
K.transpose | transpose(x) | | any | graph
K.permute_dimensions | transpose(x, axes=pattern) | | any | graph
tf.linalg.matrix_transpose | swapaxes(a, -1, -2) | | any | graph
tf.expand_dims | expand_dims(input, axis) | | any | graph
K.expand_dims | expand_dims(x, axis=axis or -1) | | any | graph
tf.squeeze | squeeze(input, axis=NOT_THE_FIRST(axis)) | axis!! | any | graph
K.squeeze | squeeze(x, axis=NOT_THE_FIRST(axis)) | | any | graph
tf.concat | concatenate(values, axis=axis) | | any | graph
K.concatenate | concatenate(tensors, axis=axis or -1) | | any | graph
tf.stack | stack(values, axis=axis) | | any | graph
K.stack | stack(x, axis=axis) | | any | graph
tf.unstack | unstack(value, num=num, axis=axis) | | any | graph
tf.split | split(value, SECTIONS(num_or_size_splits), axis=axis) | ?num=None | any | rules | Sizes become the indices at which the parts end, from which Keras computes the sizes.
tf.split | split(value, ENDS(num_or_size_splits), axis=axis) | ?num=None | any | bits | The last size is -1, what is left.
tf.tile | tile(input, multiples) | | any | graph
K.tile | tile(x, n) | | any | graph
tf.repeat | repeat(input, repeats, axis=axis) | axis!! | any | graph
tf.broadcast_to | broadcast_to(input, shape) | | any | graph
tf.pad | pad(tensor, paddings, constant_values=constant_values) | ?mode='CONSTANT' | any | graph
tf.pad | pad(tensor, paddings, mode='reflect') | mode='REFLECT' | any | graph
tf.pad | pad(tensor, paddings, mode='symmetric') | mode='SYMMETRIC' | any | graph
tf.reverse | flip(tensor, axis=axis) | | any | graph
K.reverse | flip(x, axis=axes) | | any | graph
tf.roll | roll(input, shift, axis=axis) | axis!! | any | graph
tf.nn.max_pool2d tf.nn.max_pool | max_pool(input, POOL(ksize), strides=POOL(strides), padding=LOWER(padding), data_format='channels_last') | ?data_format='NHWC' | float | graph
tf.nn.avg_pool2d tf.nn.avg_pool | average_pool(input, POOL(ksize), strides=POOL(strides), padding=LOWER(padding), data_format='channels_last') | ?data_format='NHWC' | float | graph
tf.nn.depth_to_space | depth_to_space(input, block_size) | ?data_format='NHWC' | any | graph
tf.nn.space_to_depth | space_to_depth(input, block_size) | ?data_format='NHWC' | any | graph

# Picking.
tf.gather | take(params, NOT_NEGATIVE(indices), axis=axis or 0) | ?batch_dims=0 | any | rules
tf.gather | take(params, indices, axis=axis or 0) | ?batch_dims=0 | any | bits | Keras counts negative indices from the end; TensorFlow takes none on a CPU, and gives zeros on a GPU.
K.gather | take(reference, NOT_NEGATIVE(indices), axis=0) | | any | rules
K.gather | take(reference, indices, axis=0) | | any | bits | As above.
tf.one_hot | one_hot(indices, depth, axis=axis, dtype=DTYPE(dtype)) | | any | rules
K.one_hot | one_hot(indices, num_classes) | | any | rules
tf.nn.top_k | top_k(input, k, sorted=sorted) | | number | graph
tf.argsort | argsort(values, axis=axis) | ?direction='ASCENDING' | number | graph
tf.sort | sort(values, axis=axis) | ?direction='ASCENDING' | number | graph
tf.image.resize | image.resize(images, size, interpolation=method, antialias=antialias, data_format='channels_last') | | float32 | graph
tf.linalg.band_part | tril(input) | num_lower=-1 num_upper=0 | number | graph
tf.linalg.band_part | triu(input) | num_lower=0 num_upper=-1 | number | graph
tf.linalg.diag_part | diagonal(input, axis1=-2, axis2=-1) | | number | graph
"""

DIFFERENT = {
    "tf.argmax": "keras.ops.argmax gives int32, and takes -0.0 for less than 0.0",
    "K.argmax": "keras.ops.argmax gives int32, and takes -0.0 for less than 0.0",
    "tf.argmin": "keras.ops.argmin gives int32, and takes -0.0 for less than 0.0",
    "K.argmin": "keras.ops.argmin gives int32, and takes -0.0 for less than 0.0",
    "tf.nn.l2_normalize": "keras.ops.normalize rounds otherwise where the norm is small",
    "K.l2_normalize": "keras.ops.normalize rounds otherwise where the norm is small",
    "tf.math.count_nonzero": "keras.ops.count_nonzero gives int32, not int64",
    "tf.shape": "keras.ops.shape gives a tuple with None for sizes that are not known",
    "K.shape": "keras.ops.shape gives a tuple with None for sizes that are not known",
    "K.sqrt": "K.sqrt gives 0 for negative numbers, keras.ops.sqrt gives NaN",
    "K.hard_sigmoid": "keras.ops.hard_sigmoid is another function",
    "K.binary_crossentropy": "keras.ops.binary_crossentropy rounds otherwise",
    "tf.linalg.svd": "keras.ops.svd gives its parts in another order",
    "tf.add_n": "keras.ops.add takes two tensors",
    "tf.nn.dropout": "keras.random draws other numbers",
    "K.dropout": "keras.random draws other numbers",
    "tf.identity": "keras.ops has no function that gives its argument",
    "tf.math.squared_difference": "keras.ops has two functions for it, which would be two ops",
}
