"""What the analysis knows about TensorFlow functions and the Keras 2 backend.

Functions are named by keys: ``tf.reduce_sum``, ``K.sum``, ``keras.activations.relu``. The data
behind the queries is in ``tf_signatures`` (seen in TensorFlow 2.21 and tf-keras 2.21).
"""

from __future__ import annotations

import re
from functools import cache

from transforms.batch_dimension import UNKNOWN, drops_batch
from transforms.tf_signatures import ALIASES, OP_COUNTS, RESULT_DTYPES, RESULTS, SIGNATURES

__all__ = [
    "ACTIVATIONS",
    "UNKNOWN",
    "canonical",
    "drops_batch",
    "dtype_parameters",
    "is_op",
    "is_random",
    "is_refused",
    "is_stateful",
    "keras2_op_count",
    "result",
    "result_dtype",
    "signature",
    "symbolic_attribute",
    "tensor_parameters",
]

_KERAS_ROOT = re.compile(
    r"^(?:tensorflow(?:\.compat|\.v[12]|\.python|\._api)*\.keras|tf_keras|keras|keras_core)"
    r"(?:\.(?:src|api|_v[12]|v[12]|_tf_keras|keras))*(?=\.|$)"
)
_TENSORFLOW_ROOT = re.compile(r"^tensorflow(?:\.compat|\._api|\.v[12])*(?=\.|$)")
_INTERNAL = re.compile(r"^python\.(?:ops|framework)\.(?:\w+\.)+")
_PUBLIC_NAMESPACES = ("", "nn.", "math.", "linalg.", "image.", "strings.", "random.", "signal.")
_KERAS_ALIASES = frozenset({"losses", "metrics", "initializers", "optimizers"})

_NOT_OP_NAMESPACES = frozenset(
    "app autograph compat config data distribute dtensor errors estimator experimental.dispatch"
    " experimental.dlpack experimental.dtensor experimental.extension_type experimental.tensorrt"
    " feature_column flags gfile graph_util io.gfile keras layers lite logging lookup mlir nest"
    " profiler python_io queue resource_loader saved_model summary sysconfig test tools tpu train"
    " types user_ops version xla debugging.experimental".split()
)
_NOT_OPS = frozenset(
    "add_to_collection add_to_collections as_dtype broadcast_static_shape check_pinned"
    " colocate_with container control_dependencies control_flow_v2_enabled custom_gradient device"
    " dtypes.as_dtype enable_eager_execution disable_eager_execution enable_v2_behavior"
    " disable_v2_behavior executing_eagerly executing_eagerly_outside_functions function"
    " get_collection get_current_name_scope get_default_graph get_default_session get_logger"
    " get_seed get_static_value get_variable get_variable_scope global_variables"
    " global_variables_initializer grad_pass_through group import_graph_def init_scope"
    " inside_function is_symbolic_tensor is_tensor load_library load_op_library local_variables"
    " make_ndarray make_template make_tensor_proto name_scope no_gradient no_op no_regularizer"
    " nondifferentiable_batch_function op_scope placeholder placeholder_with_default"
    " recompute_grad register_tensor_conversion_function required_space_to_batch_paddings"
    " reset_default_graph set_random_seed timestamp trainable_variables type_spec_from_value"
    " variable_creator_scope variable_op_scope variable_scope wrap_function"
    " random.create_rng_state random.experimental.create_rng_state random.get_global_generator"
    " random.experimental.get_global_generator random.set_global_generator"
    " random.experimental.set_global_generator random.set_seed io.write_graph"
    " experimental.async_clear_error experimental.async_scope experimental.dispatch_for_api"
    " experimental.dispatch_for_binary_elementwise_apis"
    " experimental.dispatch_for_binary_elementwise_assert_apis"
    " experimental.dispatch_for_unary_elementwise_apis experimental.enable_strict_mode"
    " experimental.function_executor_type experimental.register_filesystem_plugin"
    " experimental.unregister_dispatch_for experimental.numpy.random.seed"
    " experimental.numpy.experimental_enable_numpy_behavior experimental.numpy.issubdtype"
    " experimental.numpy.promote_types experimental.numpy.result_type"
    " debugging.disable_check_numerics debugging.disable_traceback_filtering"
    " debugging.enable_check_numerics debugging.enable_traceback_filtering"
    " debugging.get_log_device_placement debugging.is_numeric_tensor"
    " debugging.is_traceback_filtering_enabled debugging.set_log_device_placement"
    " quantization.experimental.quantize_saved_model".split()
)
_NOT_OP_BACKEND = frozenset(
    "backend batch_get_value batch_set_value cast_to_floatx clear_session count_params dtype"
    " epsilon eval floatx function get_session get_uid get_value image_data_format int_shape"
    " is_float_dtype is_int_dtype is_keras_tensor is_sparse is_tensor learning_phase"
    " learning_phase_scope manual_variable_initialization name_scope ndim placeholder"
    " random_normal_variable random_uniform_variable reset_uids result_type"
    " standardize_dtype track_variable variable".split()
)
_KERAS_FUNCTIONS = ("keras.activations.", "keras.losses.", "keras.metrics.")
_KERAS_GETTERS = frozenset({"get", "serialize", "deserialize"})
_UPPER_CASE_OPS = frozenset({"tf.Assert", "tf.debugging.Assert", "tf.Print"})
_TENSOR_CLASSES = ("tf.RaggedTensor.", "tf.SparseTensor.")

_TENSOR_PARAMETERS = frozenset(
    "a a1 a2 arr array ary arys arrays audio b boxes box_indices chol choicelist condition"
    " condlist contents counts data diagonal diagonals elems features filter filters frequency_weights"
    " hypothesis ids image images img1 img2 imag indices initial_states input input_ input_bytes"
    " input_tensor inputs kernel labels lengths logits log_input log_mel_spectrograms loss"
    " lower_upper mask matrix mdcts mean mean_ss mu offset operand operands output params partitions"
    " per_example_loss pred predictions probs q real reference rhs scale scores segment_ids"
    " seq_lengths serialized signal signals sorted_sequence spectrogram start stfts stop t t_list"
    " target targets tensor tensors then_expression else_expression true_classes truth tup"
    " updates v val value values var variables variance variance_ss vals x x1 x2 xi y y_pred y_true"
    " z zp bias biases weights depthwise_filter pointwise_filter depthwise_kernel"
    " pointwise_kernel gamma beta sp_input sp_a sp_b to_retain bytes records real_input alt new_x"
    " increment decrement ys xs m p branch_index coeffs".split()
)
_SCALARS_OF = {
    "seed": frozenset[str](),
}
_INDEX_PARAMETERS = frozenset(
    "box_indices condition condlist ids indices labels lengths mask partitions pred segment_ids"
    " seq_lengths true_classes branch_index bytes contents serialized".split()
)
