"""What the documentation says of TensorFlow functions that no symbolic call reaches."""

from __future__ import annotations

_COMPLEX = "unknown float32=complex64 float64=complex128"
_REAL = "unknown complex64=float32 complex128=float64"
DOCUMENTED_DTYPES: dict[str, str] = {
    **dict.fromkeys(
        "K.conv1d K.ctc_batch_cost K.local_conv1d K.local_conv2d K.squeeze K.switch tf.fill"
        " tf.fftnd tf.ifftnd tf.image.grayscale_to_rgb tf.image.stateless_random_saturation"
        " tf.linalg.banded_triangular_solve tf.linalg.logm tf.linalg.lu_matrix_inverse"
        " tf.linalg.lu_reconstruct tf.linalg.slogdet tf.nn.atrous_conv2d_transpose"
        " tf.nn.batch_norm_with_global_normalization tf.nn.conv1d_transpose"
        " tf.nn.conv3d_transpose tf.nn.ctc_loss tf.nn.depth_to_space tf.nn.erosion2d"
        " tf.nn.experimental.general_dropout tf.nn.scale_regularization_loss"
        " tf.parallel_stack tf.signal.fftnd tf.signal.ifftnd".split(),
        "same",
    ),
    **dict.fromkeys(
        "K.eye K.ones K.zeros tf.eye tf.random.stateless_gamma tf.signal.hamming_window"
        " tf.signal.hann_window tf.signal.kaiser_window tf.signal.vorbis_window"
        " tf.signal.kaiser_bessel_derived_window tf.signal.linear_to_mel_weight_matrix".split(),
        "argument:dtype:float32",
    ),
    **dict.fromkeys("tf.rfftnd tf.signal.rfft tf.signal.rfft2d tf.signal.rfft3d".split(), _COMPLEX),
    **dict.fromkeys(
        "tf.irfftnd tf.signal.irfft tf.signal.irfft2d tf.signal.irfft3d".split(), _REAL
    ),
    **dict.fromkeys(
        "tf.io.decode_and_crop_jpeg tf.io.decode_bmp tf.io.decode_gif tf.io.decode_jpeg".split(),
        "uint8",
    ),
    **dict.fromkeys(
        "tf.io.decode_image tf.io.decode_png tf.io.decode_webp".split(), "argument:dtype:uint8"
    ),
    **dict.fromkeys(
        "tf.io.read_file tf.io.serialize_tensor tf.io.encode_jpeg tf.strings.format"
        " tf.strings.unicode_encode".split(),
        "string",
    ),
    "K.arange": "argument:dtype:int32",
    "tf.constant": "argument:dtype:unknown",
    "tf.edit_distance": "float32",
    "tf.image.non_max_suppression": "int32",
    "tf.random.stateless_binomial": "argument:output_dtype:int32",
    "tf.random.stateless_poisson": "argument:dtype:int32",
    "tf.range": "argument:dtype:same",
}
DOCUMENTED_STRUCTURES: dict[str, str] = {
    **dict.fromkeys(
        "tf.case tf.cond tf.map_fn tf.numpy_function tf.py_function tf.switch_case"
        " tf.vectorized_map tf.while_loop tf.io.parse_example tf.io.parse_single_example"
        " tf.io.parse_sequence_example tf.io.parse_single_sequence_example tf.scan tf.foldl"
        " tf.foldr K.foldl K.foldr K.map_fn K.in_train_phase K.in_test_phase".split(),
        "same",
    ),
    **dict.fromkeys(
        "tf.experimental.numpy.dsplit tf.experimental.numpy.hsplit tf.experimental.numpy.nonzero"
        " tf.experimental.numpy.vsplit tf.gradients tf.hessians K.gradients"
        " tf.io.decode_csv".split(),
        "list",
    ),
    "K.rnn": "tuple:3",
    "tf.audio.decode_wav": "namedtuple:audio,sample_rate",
    "tf.image.non_max_suppression_padded": "tuple:2",
    "tf.image.non_max_suppression_with_scores": "tuple:2",
    "tf.image.combined_non_max_suppression": (
        "namedtuple:nmsed_boxes,nmsed_scores,nmsed_classes,valid_detections"
    ),
    "tf.image.sample_distorted_bounding_box": "tuple:3",
    "tf.linalg.slogdet": "namedtuple:sign,log_abs_determinant",
    "tf.nn.ctc_beam_search_decoder": "tuple:2",
    "tf.nn.ctc_greedy_decoder": "tuple:2",
    "tf.nn.sufficient_statistics": "tuple:4",
    "tf.quantization.quantize": "namedtuple:output,output_min,output_max",
}
# K.switch takes a boolean condition beside its tensors.
OBSERVED_COUNTS = {"K.switch": 10}
