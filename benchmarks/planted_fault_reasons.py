"""Why mutants that survive verification are no faults: they compute the same."""

from __future__ import annotations

WEIGHT_ORDER = (
    "the layer takes and unpacks two inputs the other way round, and the layers with weights "
    "before it keep their order"
)
SYMMETRIC = "the operands give the same either way round"
EAGER = "eager code that is part of no model"
TRAINING_CODE = "a loss, metric, training step or data set: part of no functional model"
SAME_CHOICE = "the condition has the same outcome for all the values that it is given"
SAME_SIZE = "a reshape behind it gives the same shape"

SAME_SIDES = "the sizes are equal in every model of the fixture"
COMMUTATIVE = "a sum or product of the two, whatever their order"
CANNOT_LOAD = "the original cannot be loaded again either: nothing is lost"
TOLD_ANYWAY = "the Lambda layers beside it cannot be loaded again in any case, which is told"

LOADED_AGAIN = "loaded again, the list becomes a tensor of the same dtype where it is used"

LOST_CONFIGURATION = {
    **dict.fromkeys(("shape_arithmetic", "yolo_head", "try_match_walrus"), CANNOT_LOAD),
    "transformer_encoder": "the value is a Python number, which has no dtype",
    "dtype_mix": "without a dtype the list becomes a tensor of the same dtype where it is used",
}
"""For each fixture why verification says nothing where ``get_config`` loses a value."""

EQUIVALENT: tuple[tuple[str, str, str], ...] = (
    ("add_loss_ops", "tf.reduce_max(tf.abs(x), keepdims=True)", "a metric takes the mean of it"),
    ("augmented", "parts[1] /= 1.0", "nothing reads what is computed from it"),
    ("builder_inheritance", "tf.concat([tf.reverse(x, axis=[1]), x]", "both have the same mean"),
    ("captured_function", "[shortcut, x]", SYMMETRIC),
    ("captured_variable", '.astype("float64")', "it becomes float32 where the tensor meets it"),
    ("captured_variable", "tf.square(CENTRES - tf.expand_dims(x, -1))", SYMMETRIC),
    ("comprehension_lists", "upper[1]", "only its shape is used, which all of them have"),
    ("comprehension_lists", "b, a = inputs", COMMUTATIVE),
    ("containers_on_objects", "endpoints.low[:, 1]", "the centres cancel out of the differences"),
    ("crlf_latin1", "if unités > 5:", SAME_CHOICE),
    ("eager_after_model", "hidden.kernel.assign(hidden.kernel / (norm - 1e-6))", EAGER),
    ("eager_after_model", "loss = tf.reduce_mean(", EAGER),
    ("eager_after_model", "predictions = ", EAGER),
    ("eager_after_model", "saliency = ", EAGER),
    ("eager_after_model", "confidence = ", EAGER),
    ("functional_aliases", "if x.shape[-2] > 2", SAME_CHOICE),
    ("helper_in_layer_and_builder", "tf.reduce_max(x, axis=1, keepdims=True), [-1, 4", SAME_SIZE),
    ("helper_in_layer_and_builder", "tf.reduce_mean(windows, axis=1, keepdims=True)", SAME_SIZE),
    ("keras_applications_ops", "[prediction, target]", SYMMETRIC),
    ("keras_applications_ops", "prediction, target = inputs", SYMMETRIC),
    ("lambda_already", "[branches[1], branches[1]]", "bound late in the original: all are equal"),
    ("lambda_already", "[branches[0], branches[2]]", "bound late in the original: all are equal"),
    ("mixed_precision", "norm, pooled", "the two are multiplied with each other, nothing else"),
    ("model_init_functional", "tf.square(y_pred - y)", TRAINING_CODE),
    ("model_init_functional", "zip(gradients, self.trainable_variables)", TRAINING_CODE),
    ("operators_slices", "every_second = inputs[:, ::3]", "only its first element is used"),
    ("ragged_members", "values = ragged.flat_values", "the values are float32 already"),
    ("random_constants", "dropped, x", "the dropout between the two has rate 0"),
    ("roll_loop", "scale = 50.0", TRAINING_CODE),
    ("script_dcgan_subclass", "Resize(size=", SAME_SIDES),
    ("script_default_builders", "AvgPool2d(ksize=shape[1]", SAME_SIDES),
    ("script_distillation_loop", "(student.output[1])", "softening keeps which output is largest"),
    ("script_image_classifier", "shortcut, x", COMMUTATIVE),
    ("script_recommender", "film_vector, user_vector", COMMUTATIVE),
    ("script_transformer_text", '"heads": size, "size": heads', COMMUTATIVE),
    ("script_strategy_scope", "x.shape[2] * x.shape[2]", SAME_SIDES),
    ("shape_lists", "offsets = ", "nothing reads it any more"),
    ("shape_lists", "size = [-1", "nothing reads it any more"),
    ("shape_lists", "target = (sizes", "nothing reads it any more"),
    ("shape_lists", "tf.slice(tensor, ", SAME_SIDES),
    ("shared_layers", "([b, a])", SYMMETRIC),
    ("shared_layers", "b, a = inputs", SYMMETRIC),
    ("siamese_lstm", "right, left = inputs", SYMMETRIC),
    ("sub_builders_kwargs", "tf.reduce_mean(x, 2)", "nothing reads it"),
    ("tensor_unpacking", "second, first", SYMMETRIC),
    (
        "tensor_unpacking",
        "tf.reduce_mean(size, keepdims=True)",
        "a product takes its shape anyway",
    ),
    ("ternaries", "x if x.shape[-2] == units", "the padding that it chooses instead has width 0"),
    ("ternaries", "else x if mode ==", "two calls in a row: one of them is the softmax"),
    ("train_script", "self.total.assign_add(", TRAINING_CODE),
    ("train_script", "255.0 / tf.cast(image", TRAINING_CODE),
    ("train_script", "self.count.assign_add(", TRAINING_CODE),
    ("train_script", "return tf.reduce_mean(-tf.reduce_sum(y_true", TRAINING_CODE),
    ("train_script", "return self.total / ", TRAINING_CODE),
    ("train_script", "images = rng.integers(", TRAINING_CODE),
    ("train_script", "labels = rng.integers(", TRAINING_CODE),
    ("train_script", "y_true = y_true * ", TRAINING_CODE),
    ("transfer_learning", "([right, left])", COMMUTATIVE),
    ("try_match_walrus", "- worst", "worst is 0 behind a relu"),
    ("try_match_walrus", "scaled, total, last = inputs", "total is scaled + 0 behind a relu"),
    ("two_models_one_builder", "output_value_2, output_value", COMMUTATIVE),
    ("unet_class", "Resize(size=(skip.shape[2]", SAME_SIDES),
    ("wavenet_gates", "skip, x = inputs", COMMUTATIVE),
    ("with_name_scope", "x, weights = inputs", COMMUTATIVE),
    ("while_static", "tf.reduce_mean(x, axis=1, keepdims=True)", "expand_dims adds the same axes"),
)
"""Fixture, a part of the line after the change, and the reason."""


def reason_of(fixture: str, target: str, kind: str, after: str, hazards: int) -> str | None:
    """Why this survivor computes the same, None where nobody knows.

    ``hazards`` is the number of those that were told of it.

    The weight order mutants are equal by construction, and verification has compared the order
    of the weights that they could change.
    """
    if kind == "weight order":
        return WEIGHT_ORDER
    if kind == "branch" and "_dtype is None else" in after:
        return LOADED_AGAIN
    if kind == "lost configuration":
        return TOLD_ANYWAY if target == "lambda" and hazards else LOST_CONFIGURATION.get(fixture)
    reasons = (reason for name, part, reason in EQUIVALENT if name == fixture and part in after)
    return next(reasons, None)
