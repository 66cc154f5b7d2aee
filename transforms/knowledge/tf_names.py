"""What is kept by hand about TensorFlow names: kinds of functions, refusals, tensor parameters."""

from __future__ import annotations

NOT_OP_NAMESPACES = frozenset(
    "app autograph compat config data distribute dtensor errors estimator"
    " experimental.dispatch experimental.dlpack experimental.dtensor"
    " experimental.extension_type experimental.tensorrt feature_column flags gfile graph_util"
    " io.gfile keras layers lite logging lookup mlir nest profiler python_io queue"
    " resource_loader saved_model summary sysconfig test tools tpu train types user_ops"
    " version xla debugging.experimental".split()
)
NOT_OPS = frozenset(
    "add_to_collection add_to_collections as_dtype broadcast_static_shape check_pinned"
    " colocate_with container control_dependencies control_flow_v2_enabled custom_gradient"
    " device dtypes.as_dtype enable_eager_execution disable_eager_execution enable_v2_behavior"
    " disable_v2_behavior executing_eagerly executing_eagerly_outside_functions function"
    " get_collection get_current_name_scope get_default_graph get_default_session get_logger"
    " get_seed get_static_value get_variable get_variable_scope global_variables"
    " global_variables_initializer grad_pass_through group import_graph_def init_scope"
    " inside_function is_symbolic_tensor is_tensor load_library load_op_library"
    " local_variables make_ndarray make_template make_tensor_proto name_scope no_gradient"
    " no_op no_regularizer nondifferentiable_batch_function op_scope placeholder"
    " placeholder_with_default recompute_grad register_tensor_conversion_function"
    " required_space_to_batch_paddings reset_default_graph set_random_seed timestamp"
    " trainable_variables type_spec_from_value variable_creator_scope variable_op_scope"
    " variable_scope wrap_function random.create_rng_state"
    " random.experimental.create_rng_state random.get_global_generator"
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
    " quantization.experimental.quantize_saved_model linalg.experimental.conjugate_gradient"
    " nn.with_space_to_batch experimental.numpy.finfo experimental.numpy.iinfo"
    " experimental.numpy.iscomplexobj experimental.numpy.isrealobj experimental.numpy.ndim"
    " experimental.numpy.isscalar experimental.numpy.diag_indices".split()
)
NOT_OP_BACKEND = frozenset(
    "backend batch_get_value batch_set_value cast_to_floatx clear_session count_params dtype"
    " epsilon eval floatx function get_session get_uid get_value image_data_format int_shape"
    " is_float_dtype is_int_dtype is_keras_tensor is_sparse is_tensor learning_phase"
    " learning_phase_scope manual_variable_initialization name_scope ndim placeholder"
    " random_normal_variable random_uniform_variable reset_uids result_type standardize_dtype"
    " track_variable variable".split()
)
KERAS_FUNCTIONS = ("keras.activations.", "keras.losses.", "keras.metrics.")
KERAS_GETTERS = frozenset({"get", "serialize", "deserialize"})
UPPER_CASE_OPS = frozenset({"tf.Assert", "tf.debugging.Assert", "tf.Print"})
TENSOR_CLASSES = ("tf.RaggedTensor.", "tf.SparseTensor.")

TENSOR_PARAMETERS = frozenset(
    "a a1 a2 alt args arr array arrays ary arys audio b beta bias biases box_indices boxes"
    " branch_index bytes choicelist chol coeffs condition condlist contents counts data"
    " decrement delta depthwise_filter depthwise_kernel diagonal diagonals elems"
    " else_expression features filter filters frequency_weights gamma hypothesis ids imag"
    " image images img1 img2 increment indices initial_states input input_ input_bytes"
    " input_tensor inputs kernel labels lengths limit log_input log_mel_spectrograms logits"
    " loss lower_upper m mask matrix mdcts mean mean_ss mu new_x offset operand operands"
    " output p params partitions per_example_loss pointwise_filter pointwise_kernel pred"
    " predictions probs q real real_input records reference regularization_loss rhs scale"
    " scores segment_ids seq_lengths serialized signal signals sorted_sequence sp_a sp_b"
    " sp_input spectrogram start stfts stop t t_list target targets tensor tensors"
    " then_expression to_retain true_classes truth tup updates v val vals value values var"
    " variables variance variance_ss weights x x1 x2 xi xs y y_pred y_true ys z zp".split()
)
INDEX_PARAMETERS = frozenset(
    "box_indices condition condlist ids indices labels lengths mask partitions pred"
    " segment_ids seq_lengths true_classes branch_index bytes contents serialized".split()
)

REFUSED_PREFIXES = (
    ("tf.debugging.", "assertions and checks run while the model is built, not in a layer"),
    ("tf.assert_", "assertions and checks run while the model is built, not in a layer"),
    ("tf.ragged", "ragged tensors have no Keras 3 equivalent"),
    ("tf.RaggedTensor", "ragged tensors have no Keras 3 equivalent"),
    ("tf.strings.unicode_decode", "ragged tensors have no Keras 3 equivalent"),
    ("tf.strings.unicode_split", "ragged tensors have no Keras 3 equivalent"),
    ("tf.sparse", "sparse tensors have no Keras 3 equivalent"),
    ("tf.SparseTensor", "sparse tensors have no Keras 3 equivalent"),
    ("tf.sets.", "sparse tensors have no Keras 3 equivalent"),
    ("tf.Variable", "an assignment to a variable must stay where it is"),
)
PRINTS = "it prints while the model is built; Keras 3 prints the symbolic tensor"
ASSERTION = "assertions and checks run while the model is built, not in a layer"
PYTHON = "it calls back into Python and cannot be saved with the model"
LOOP = "Keras 2 cannot build it on symbolic tensors"
GRADIENTS = "gradients of symbolic tensors cannot be taken in a layer"
PHASE = "the learning phase is gone in Keras 3; use the training argument of a layer"
ASSIGNS = "an assignment to a variable must stay where it is"
OUTSIDE = (
    "Keras 2 makes it outside of the graph that a layer runs in; use the function of TensorFlow"
)
RAGGED = "ragged tensors have no Keras 3 equivalent"
SPARSE = "sparse tensors have no Keras 3 equivalent"
MADE_OF_SHAPES = frozenset(
    "tf.zeros tf.ones tf.fill tf.eye tf.range tf.linspace tf.random.normal tf.random.uniform"
    " tf.random.truncated_normal tf.random.stateless_normal tf.random.stateless_uniform"
    " K.zeros K.ones K.eye K.random_normal K.random_uniform K.truncated_normal K.arange".split()
)
"""Functions that make tensors of shapes, sizes and bounds."""
MADE_OF_FILES = ("tf.io.", "tf.audio.decode_", "tf.image.decode_")
"""Functions that read and decode files: what they are given is a path, or bytes."""
DTYPES = frozenset(
    f"tensorflow.{module}{name}"
    for module in ("", "dtypes.")
    for name in (
        "bfloat16 bool complex64 complex128 double float16 float32 float64 half int8 int16 int32"
        " int64 string uint8 uint16 uint32 uint64".split()
    )
)
"""The dtypes of TensorFlow, which Keras 2 (TensorFlow 2.15, 2.21) and 3.15 save by name."""
MAKING_CONSTANTS = frozenset(
    "tf.constant tf.convert_to_tensor tf.zeros tf.ones tf.fill tf.eye tf.linspace tf.range"
    " tf.one_hot tf.sequence_mask tf.linalg.band_part tf.linalg.diag tf.signal.hann_window"
    " tf.signal.hamming_window tf.signal.linear_to_mel_weight_matrix"
    " tf.cast tf.reshape tf.expand_dims tf.squeeze tf.transpose tf.tile tf.repeat tf.reverse"
    " tf.concat tf.stack tf.broadcast_to tf.where tf.cumsum tf.reduce_sum tf.reduce_mean"
    " tf.reduce_max tf.reduce_min tf.reduce_prod"
    " tf.sqrt tf.math.rsqrt tf.pow tf.exp tf.math.log tf.square tf.abs tf.math.reciprocal tf.sin"
    " tf.cos tf.tanh tf.sigmoid tf.floor tf.math.ceil tf.round tf.negative tf.add tf.subtract"
    " tf.multiply tf.divide tf.math.floordiv tf.math.mod tf.maximum tf.minimum tf.equal"
    " tf.not_equal tf.less tf.less_equal tf.greater tf.greater_equal tf.logical_not"
    " tf.logical_and tf.logical_or K.cast K.sqrt K.square".split()
)
"""They make the same tensor of the same numbers whenever they are called."""
VARIABLES = frozenset(
    "K.variable K.zeros K.ones K.eye K.random_uniform_variable K.random_normal_variable".split()
)
"""Functions that give a ``tf.Variable``, where sizes are known (tf-keras 2.21)."""
REFUSED = {
    "tf.print": PRINTS,
    "tf.Print": PRINTS,
    "tf.Assert": ASSERTION,
    "tf.function": "a tf.function cannot take symbolic tensors",
    "tf.py_function": PYTHON,
    "tf.numpy_function": PYTHON,
    "tf.py_func": PYTHON,
    "tf.map_fn": LOOP,
    "tf.vectorized_map": LOOP,
    "tf.while_loop": LOOP,
    "tf.cond": LOOP,
    "tf.case": LOOP,
    "tf.switch_case": LOOP,
    "tf.gradients": GRADIENTS,
    "tf.hessians": GRADIENTS,
    "tf.strings.split": RAGGED,
    "tf.strings.bytes_split": RAGGED,
    "tf.io.deserialize_many_sparse": SPARSE,
    "tf.io.serialize_many_sparse": SPARSE,
    "tf.io.serialize_sparse": SPARSE,
    "tf.io.write_file": "it writes a file",
    "tf.nn.embedding_lookup_sparse": SPARSE,
    "tf.nn.safe_embedding_lookup_sparse": SPARSE,
    "tf.nn.ctc_beam_search_decoder": SPARSE,
    "tf.nn.ctc_greedy_decoder": SPARSE,
    "K.ctc_decode": SPARSE,
    "K.ctc_label_dense_to_sparse": SPARSE,
    "K.to_dense": SPARSE,
    "K.function": "K.function is gone in Keras 3; use a Model",
    "K.learning_phase": PHASE,
    "K.learning_phase_scope": PHASE,
    "K.set_learning_phase": PHASE,
    "K.in_train_phase": PHASE,
    "K.in_test_phase": PHASE,
    "K.gradients": GRADIENTS,
    "K.map_fn": LOOP,
    "K.rnn": "it calls back into Python; use keras.layers.RNN",
    # They enter an init scope, where no tensor of a layer is (tf-keras 2.21).
    "K.zeros": OUTSIDE,
    "K.ones": OUTSIDE,
    "K.eye": OUTSIDE,
    "K.update": ASSIGNS,
    "K.update_add": ASSIGNS,
    "K.update_sub": ASSIGNS,
    "K.moving_average_update": ASSIGNS,
}

# Bit for bit equal in float16, float32 and float64 under tf-keras 2.21 and Keras 3.15. Keras 3
# serializes "swish" as "silu", which both generations read.
ACTIVATIONS: dict[str, str] = {
    "tf.nn.relu": "relu",
    "tf.sigmoid": "sigmoid",
    "tf.tanh": "tanh",
    "tf.nn.softmax": "softmax",
    "tf.nn.softplus": "softplus",
    "tf.nn.softsign": "softsign",
    "tf.nn.elu": "elu",
    "tf.nn.selu": "selu",
    "tf.nn.gelu": "gelu",
    "tf.nn.silu": "swish",
    "tf.exp": "exponential",
    "K.relu": "relu",
    "K.sigmoid": "sigmoid",
    "K.tanh": "tanh",
    "K.softmax": "softmax",
    "K.softplus": "softplus",
    "K.softsign": "softsign",
    "K.elu": "elu",
    "K.exp": "exponential",
    "tf.identity": "linear",
    "tf.nn.leaky_relu": "leaky_relu",
    "tf.nn.log_softmax": "log_softmax",
    "tf.nn.relu6": "relu6",
}
