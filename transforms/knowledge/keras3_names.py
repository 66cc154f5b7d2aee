"""What became of the names of the Keras API in Keras 3.

Seen by comparing the 956 public names of tf-keras 2.21 with Keras 3.15.1, both as ``keras`` and
as ``tf.keras``, and by running what older code writes; the same with 3.3.3 and 3.10.0. Names of
modules that older releases had come from their wheels (2.3.1 to 2.12.0). Paths are below the root.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from transforms.knowledge.keras_names import NAMES_REMEMBERED, keras_path


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What became of something: what to do, and what to write where that is the same.

    ``now`` runs in both generations; for a name it is the path below the same root, or a whole
    dotted name. An argument with a literal of ``unused`` can be left out without any change.
    """

    advice: str
    now: str | None = None
    unused: tuple[object, ...] = ()


def _split(text: str) -> frozenset[str]:
    return frozenset(text.split())


KEPT: Mapping[str, frozenset[str]] = {
    "layers": _split(
        "Activation ActivityRegularization Add AdditiveAttention AlphaDropout Attention Average"
        " AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D"
        " BatchNormalization Bidirectional CategoryEncoding CenterCrop Concatenate Conv1D"
        " Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D"
        " ConvLSTM3D Convolution1D Convolution1DTranspose Convolution2D Convolution2DTranspose"
        " Convolution3D Convolution3DTranspose Cropping1D Cropping2D Cropping3D Dense"
        " DepthwiseConv1D DepthwiseConv2D Discretization Dot Dropout ELU EinsumDense Embedding"
        " Flatten GRU GRUCell GaussianDropout GaussianNoise GlobalAveragePooling1D"
        " GlobalAveragePooling2D GlobalAveragePooling3D GlobalAvgPool1D GlobalAvgPool2D"
        " GlobalAvgPool3D GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPool3D GlobalMaxPooling1D"
        " GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization HashedCrossing Hashing Identity"
        " Input InputLayer InputSpec IntegerLookup LSTM LSTMCell Lambda Layer LayerNormalization"
        " LeakyReLU Masking MaxPool1D MaxPool2D MaxPool3D MaxPooling1D MaxPooling2D MaxPooling3D"
        " Maximum Minimum MultiHeadAttention Multiply Normalization PReLU Permute RNN"
        " RandomBrightness RandomContrast RandomCrop RandomFlip RandomRotation RandomTranslation"
        " RandomZoom ReLU RepeatVector Rescaling Reshape Resizing SeparableConv1D SeparableConv2D"
        " SeparableConvolution1D SeparableConvolution2D SimpleRNN SimpleRNNCell Softmax"
        " SpatialDropout1D SpatialDropout2D SpatialDropout3D SpectralNormalization StackedRNNCells"
        " StringLookup Subtract TextVectorization TimeDistributed UnitNormalization UpSampling1D"
        " UpSampling2D UpSampling3D Wrapper ZeroPadding1D ZeroPadding2D ZeroPadding3D add average"
        " concatenate deserialize dot maximum minimum multiply serialize subtract"
    ),
    "utils": _split(
        "CustomObjectScope FeatureSpace Progbar Sequence array_to_img custom_object_scope"
        " deserialize_keras_object get_custom_objects get_file get_registered_name"
        " get_registered_object get_source_inputs img_to_array load_img model_to_dot normalize"
        " pad_sequences plot_model register_keras_serializable save_img serialize_keras_object"
        " set_random_seed split_dataset to_categorical"
    ),
    "models": _split("Model Sequential clone_model load_model model_from_json save_model"),
    "optimizers": _split(
        "Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lion Nadam Optimizer RMSprop SGD"
        " deserialize get serialize"
    ),
    "optimizers.schedules": _split(
        "CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay LearningRateSchedule"
        " PiecewiseConstantDecay PolynomialDecay"
    ),
    "callbacks": _split(
        "BackupAndRestore CSVLogger Callback EarlyStopping History LambdaCallback"
        " LearningRateScheduler ModelCheckpoint ReduceLROnPlateau TensorBoard TerminateOnNaN"
    ),
    "preprocessing.image": _split("ImageDataGenerator array_to_img img_to_array load_img save_img"),
    "preprocessing.sequence": _split("TimeseriesGenerator pad_sequences skipgrams"),
    "preprocessing.text": _split("Tokenizer one_hot text_to_word_sequence"),
}
"""Names that stand below these modules in both generations."""

MOVED_MODULES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        "layers.core layers.convolutional layers.convolutional_recurrent layers.pooling"
        " layers.recurrent layers.recurrent_v2 layers.embeddings layers.normalization"
        " layers.normalization_v2 layers.merge layers.merging layers.wrappers layers.noise"
        " layers.advanced_activations layers.dense_attention layers.attention layers.rnn"
        " layers.activation layers.regularization layers.reshaping layers.preprocessing"
        " layers.normalization.batch_normalization layers.experimental.preprocessing"
        " layers.experimental layers.serialization layers.cudnn_recurrent".split(),
        ("layers",),
    ),
    **dict.fromkeys(
        "engine engine.topology engine.base_layer engine.input_layer engine.input_spec"
        " engine.network engine.training engine.sequential engine.functional engine.saving".split(),
        ("layers", "models", "utils"),
    ),
    **dict.fromkeys(
        "utils.np_utils utils.generic_utils utils.vis_utils utils.data_utils utils.layer_utils"
        " utils.all_utils utils.image_utils utils.training_utils".split(),
        ("utils",),
    ),
    "saving.save": ("models",),
    "saving.model_config": ("models",),
    "optimizers.experimental": ("optimizers",),
    "optimizer_v1": ("optimizers",),
    "optimizer_v2": ("optimizers",),
    "experimental": ("optimizers.schedules",),
    "callbacks.experimental": ("callbacks",),
}
"""Modules that are gone, and those below which their names may stand now."""

_OPTIMIZERS = {"adam": "Adam", "sgd": "SGD", "rmsprop": "RMSprop", "adagrad": "Adagrad"} | {
    "adadelta": "Adadelta",
    "adamax": "Adamax",
    "nadam": "Nadam",
}

RENAMED: Mapping[str, str] = {
    **{f"optimizers.{old}": f"optimizers.{new}" for old, new in _OPTIMIZERS.items()},
    **{
        f"optimizers.{old}_v2": "optimizers"
        for old in ("adam", "adagrad", "adadelta", "adamax", "nadam", "rmsprop", "gradient_descent")
    },
    **{
        f"initializers.{old}": f"initializers.{new}"
        for old, new in (
            ("normal", "RandomNormal"),
            ("uniform", "RandomUniform"),
            ("zero", "Zeros"),
            ("one", "Ones"),
        )
    },
    "layers.experimental.preprocessing": "layers",
    "utils.np_utils": "utils",
    "utils.generic_utils": "utils",
    "utils.vis_utils": "utils",
    "utils.data_utils": "utils",
    "engine.topology.Container": "models.Model",
    "engine.network.Network": "models.Model",
    "engine.topology.Network": "models.Model",
    "backend.set_image_dim_ordering": "backend.set_image_data_format",
    "backend.image_dim_ordering": "backend.image_data_format",
    "mixed_precision.experimental.global_policy": "mixed_precision.global_policy",
    "mixed_precision.experimental.set_policy": "mixed_precision.set_global_policy",
    "mixed_precision.experimental.Policy": "mixed_precision.Policy",
    "losses.cosine_proximity": "losses.cosine_similarity",
    "losses.kullback_leibler_divergence": "losses.kl_divergence",
    "metrics.cosine_proximity": "metrics.cosine_similarity",
    "losses.huber_loss": "losses.huber",
    "layers.experimental.SyncBatchNormalization": "layers.BatchNormalization",
}
"""New paths of single names (and of modules that code imports as such)."""

NOT_THE_SAME = _split(
    "losses.cosine_proximity metrics.cosine_proximity layers.experimental.SyncBatchNormalization"
    " backend.set_image_dim_ordering backend.image_dim_ordering"
    " mixed_precision.experimental.set_policy mixed_precision.experimental.Policy"
    " engine.topology.Container engine.network.Network engine.topology.Network initializers.normal"
    " initializers.uniform initializers.zero initializers.one"
)
"""Renamed names whose new ones take other values, or were not run."""

_SHORT = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "kld": "kl_divergence",
    "logcosh": "log_cosh",
}
_CAPITALS = {"mse": "MSE", "mae": "MAE", "mape": "MAPE", "msle": "MSLE", "kld": "KLD"}

ONLY_TF_KERAS: Mapping[str, str | None] = {
    **{f"losses.{short}": f"losses.{full}" for short, full in _SHORT.items()},
    **{f"metrics.{short}": f"metrics.{full}" for short, full in _SHORT.items()},
    **{f"losses.{_CAPITALS[short]}": f"losses.{_SHORT[short]}" for short in _CAPITALS},
    **{f"metrics.{_CAPITALS[short]}": f"metrics.{_SHORT[short]}" for short in _CAPITALS},
    "losses.kullback_leibler_divergence": "losses.kl_divergence",
    "metrics.kullback_leibler_divergence": "metrics.kl_divergence",
    "losses.Reduction": None,
    **dict.fromkeys(
        "layers.RandomHeight layers.RandomWidth layers.ThresholdedReLU preprocessing.text"
        " preprocessing.image.DirectoryIterator preprocessing.image.ImageDataGenerator"
        " preprocessing.image.Iterator preprocessing.image.NumpyArrayIterator"
        " preprocessing.image.apply_affine_transform preprocessing.image.apply_brightness_shift"
        " preprocessing.image.apply_channel_shift preprocessing.image.random_brightness"
        " preprocessing.image.random_channel_shift preprocessing.image.random_rotation"
        " preprocessing.image.random_shear preprocessing.image.random_shift"
        " preprocessing.image.random_zoom preprocessing.sequence.TimeseriesGenerator"
        " preprocessing.sequence.make_sampling_table preprocessing.sequence.skipgrams".split()
    ),
}
"""Names that ``tf.keras`` still has and ``keras`` lost; what ``keras`` writes, None for nothing."""

BACKEND = _split(
    "backend clear_session epsilon floatx get_uid image_data_format is_float_dtype is_int_dtype"
    " is_keras_tensor result_type set_epsilon set_floatx set_image_data_format standardize_dtype"
)
"""All that ``keras.backend`` has."""
BACKEND_ONLY_TF_KERAS = _split(
    "abs all any arange argmax argmin batch_dot batch_flatten batch_get_value batch_normalization"
    " bias_add binary_crossentropy binary_focal_crossentropy cast cast_to_floatx"
    " categorical_crossentropy categorical_focal_crossentropy clip concatenate constant conv1d"
    " conv2d conv2d_transpose conv3d cos count_params ctc_batch_cost ctc_decode"
    " ctc_label_dense_to_sparse cumprod cumsum depthwise_conv2d dot dropout dtype elu equal eval"
    " exp expand_dims eye flatten foldl foldr gather get_value gradients greater greater_equal"
    " hard_sigmoid in_top_k int_shape is_sparse l2_normalize less less_equal log map_fn max"
    " maximum mean min minimum moving_average_update name_scope ndim not_equal one_hot ones"
    " ones_like permute_dimensions pool2d pool3d pow prod random_bernoulli random_normal"
    " random_normal_variable random_uniform random_uniform_variable relu repeat repeat_elements"
    " reshape resize_images resize_volumes reverse rnn round separable_conv2d set_value shape"
    " sigmoid sign sin softmax softplus softsign sparse_categorical_crossentropy"
    " spatial_2d_padding spatial_3d_padding sqrt square squeeze stack std stop_gradient sum switch"
    " tanh temporal_padding tile to_dense transpose truncated_normal update update_add update_sub"
    " var variable zeros zeros_like"
)
"""Functions of the backend that ``tf.keras.backend`` still has and ``keras.backend`` lost."""

ONLY_KERAS: Mapping[str, str] = {
    **{
        f"{module}.{_SHORT[short]}": f"{module}.{_CAPITALS[short]}"
        for module in ("losses", "metrics")
        for short in _CAPITALS
    },
    "losses.log_cosh": "losses.logcosh",
    "metrics.log_cosh": "metrics.logcosh",
    **{
        f"saving.{name}": f"utils.{name}"
        for name in (
            "custom_object_scope deserialize_keras_object get_custom_objects get_registered_name"
            " get_registered_object register_keras_serializable serialize_keras_object"
        ).split()
    },
    "saving.load_model": "models.load_model",
    "saving.save_model": "models.save_model",
}
"""Names that ``keras`` has and ``tf.keras`` lost, and what ``tf.keras`` writes.

``from tensorflow.keras.saving import ...`` works all the same.
"""

_PREPROCESSING = "rebuild it from preprocessing layers"
GONE: Mapping[str, str] = {
    "layers.LocallyConnected1D": "write the layer yourself",
    "layers.LocallyConnected2D": "write the layer yourself",
    "layers.DenseFeatures": _PREPROCESSING,
    "layers.AbstractRNNCell": "derive from Layer, with state_size and output_size",
    "layers.CuDNNLSTM": "LSTM is as fast; old weights of it do not load",
    "layers.CuDNNGRU": "GRU is as fast; old weights of it do not load",
    "layers.merge": "use the layers Add, Concatenate, Multiply ...",
    "layers.local": "write the layer yourself",
    "layers.experimental.RandomFourierFeatures": "write the layer yourself",
    "layers.experimental": "see the layer's guide for what took its place",
    "applications.regnet": "copy the model into the project",
    "applications.resnet_rs": "copy the model into the project",
    "applications.imagenet_utils._obtain_input_shape": "copy the function into the project",
    "constraints.RadialConstraint": "copy the class into the project",
    "constraints.radial_constraint": "copy the class into the project",
    "estimator": "train the model with fit",
    "experimental": "there is nothing in its place",
    "dtensor": "use keras.distribution",
    "metrics.MeanTensor": "keep the sum and the count in weights of a Metric of your own",
    "metrics.MeanRelativeError": "write the metric yourself",
    "metrics.experimental": "derive from keras.metrics.Metric",
    "callbacks.BaseLogger": "leave it out",
    "callbacks.SidecarEvaluatorModelExport": "there is nothing in its place",
    "callbacks.experimental": "there is nothing in its place",
    "models.model_from_yaml": "use model_from_json, and files written by to_json",
    "models.model_from_config": "use Model.from_config",
    "models.experimental": "there is nothing in its place",
    "mixed_precision.experimental": "use keras.mixed_precision",
    "optimizers.legacy": "use keras.optimizers; training gives other numbers where `decay` is used",
    "optimizers.experimental": "use keras.optimizers",
    "utils.multi_gpu_model": "use tf.distribute.MirroredStrategy",
    "utils.HDF5Matrix": "read the file with h5py",
    "utils.conv_utils": "copy the helper into the project",
    "utils.layer_utils": "copy the helper into the project",
    "utils.io_utils": "copy the helper into the project",
    "utils.generic_utils": "copy the helper into the project",
    "utils.np_utils": "copy the helper into the project",
    "utils.data_utils": "copy the helper into the project",
    "utils.vis_utils": "copy the helper into the project",
    "utils.tf_utils": "copy the helper into the project",
    "utils.GeneratorEnqueuer": "use keras.utils.PyDataset with workers=",
    "utils.OrderedEnqueuer": "use keras.utils.PyDataset with workers=",
    "utils.SequenceEnqueuer": "use keras.utils.PyDataset with workers=",
    "utils.SidecarEvaluator": "there is nothing in its place",
    "utils.to_ordinal": "compute it with NumPy",
    "utils.warmstart_embedding_matrix": "compute it with NumPy",
    "utils.experimental": "there is nothing in its place",
    "wrappers.scikit_learn": "use the package scikeras, whose arguments differ",
    "wrappers": "use the package scikeras, whose arguments differ",
    "legacy": "the argument converters of Keras 1 are gone: leave it out",
    "engine": "its classes are keras.layers and keras.models now",
    "optimizer_v1": "use keras.optimizers",
    "optimizer_v2": "use keras.optimizers",
    "backend.tensorflow_backend": "sessions are gone: delete the line",
    "backend.common": "use keras.backend",
    "backend.experimental": "use keras.utils.set_random_seed",
    "backend.function": "make a Model of the same inputs and outputs and call it",
    "backend.learning_phase": "give `training=` to the call",
    "backend.learning_phase_scope": "give `training=` to the call",
    "backend.set_learning_phase": "give `training=` to the call",
    "backend.in_train_phase": "write `a if training else b`",
    "backend.in_test_phase": "write `b if training else a`",
    "backend.get_session": "sessions are gone: delete the line",
    "backend.set_session": "sessions are gone: delete the line, or use"
    " tf.config.experimental.set_memory_growth",
    "backend.placeholder": "use keras.Input",
    "backend.print_tensor": "use tf.print",
    "backend.random_binomial": "use tf.random.stateless_binomial",
    "backend.batch_set_value": "call `assign` of each weight",
    "backend.reset_uids": "use keras.utils.clear_session",
    "backend.local_conv1d": "write it with keras.ops",
    "backend.local_conv2d": "write it with keras.ops",
    "backend.normalize_batch_in_training": "use tf.nn.batch_normalization",
    "backend.manual_variable_initialization": "leave it out",
    "backend.get_variable_shape": "use the variable's shape",
}
"""Names, and modules with all that is below them, that neither ``keras`` nor ``tf.keras`` has."""

GONE_APPLICATIONS = ("applications.RegNet", "applications.ResNetRS")
OTHER_PACKAGES: Mapping[str, str] = {
    "keras_preprocessing": "tensorflow.keras.preprocessing",
}
GONE_PACKAGES: Mapping[str, str] = {
    "keras_applications": "the package is gone: use keras.applications",
    "tensorflow.compat.v1.disable_eager_execution": "fit and predict need eager execution:"
    " delete the line",
    "tensorflow.compat.v1.disable_v2_behavior": "fit and predict need eager execution:"
    " delete the line",
    "tensorflow.compat.v1.disable_v2_tensorshape": "delete the line",
    "tensorflow.compat.v1.keras.backend.set_session": "sessions are gone: delete the line, or use"
    " tf.config.experimental.set_memory_growth",
}
ALIASES = ("losses", "metrics", "optimizers", "initializers")
"""``tf.losses`` and its like are ``tf.keras.losses``."""
_ALIASED = tuple(f"tensorflow.{alias}." for alias in ALIASES)


def unaliased(dotted: str) -> str:
    """``dotted`` below ``tf.keras``, where it stands below one of the ``ALIASES``."""
    if dotted.startswith(_ALIASED):
        return f"tensorflow.keras.{dotted.removeprefix('tensorflow.')}"
    return dotted


@lru_cache(maxsize=NAMES_REMEMBERED)
def fate_of(dotted: str, imported: bool = False) -> Fate | None:
    """What became of a dotted external name, None where nothing did; ``imported``: by ``from``."""
    for package, target in OTHER_PACKAGES.items():
        if dotted == package or dotted.startswith(f"{package}."):
            now = target + dotted[len(package) :]
            return Fate(advice=f"the package is gone: use {now}", now=now)
    for name, advice in GONE_PACKAGES.items():
        if dotted == name or dotted.startswith(f"{name}."):
            return Fate(advice=advice)
    dotted = unaliased(dotted)
    path = keras_path(dotted)
    if not path or dotted.startswith(("tf_keras", "tensorflow.python", "keras_core")):
        return None
    if dotted.startswith("keras.src.") and not path.startswith("engine"):
        # Private, and there in some releases of Keras 3.
        return None
    return _fate_of_path(path, dotted.startswith("tensorflow"), imported)


def _fate_of_path(path: str, is_tf_keras: bool, imported: bool) -> Fate | None:
    kept = _kept_at(path, is_tf_keras)
    if kept is not None:
        same = path not in NOT_THE_SAME
        return Fate(advice=f"use {kept}", now=kept if same else None)
    if not is_tf_keras:
        if path.startswith("backend.") and path.split(".")[1] in BACKEND_ONLY_TF_KERAS:
            now = f"tensorflow.keras.{path}"
            return Fate(advice=f"only tf.keras.backend has it: use {now}", now=now)
        for name, other in ONLY_TF_KERAS.items():
            if path == name or path.startswith(f"{name}."):
                if other is not None:
                    return Fate(advice=f"use {other}", now=other)
                now = f"tensorflow.keras.{path}"
                return Fate(advice=f"only tf.keras has it: use {now}", now=now)
    elif path in ONLY_KERAS and not (imported and path.startswith("saving.")):
        return Fate(advice=f"use {ONLY_KERAS[path]}", now=ONLY_KERAS[path])
    if path.startswith(GONE_APPLICATIONS):
        return Fate(advice="copy the model into the project")
    return _gone(path)


def _kept_at(path: str, is_tf_keras: bool) -> str | None:
    """The new path of what was renamed or whose module is gone; None where it is not known."""
    if path in RENAMED and not (path in ONLY_TF_KERAS and is_tf_keras):
        return RENAMED[path]
    module, _, name = path.rpartition(".")
    while module:
        for target in MOVED_MODULES.get(module, ()):
            if name.partition(".")[0] in KEPT.get(target, ()):
                return f"{target}.{name}"
        module, _, more = module.rpartition(".")
        # `optimizer_v2.adam.Adam`: what stands below the module that is gone may be deeper.
        name = name if module in MOVED_MODULES else f"{more}.{name}"
    return None


_NOT_PUBLIC = Fate(advice="it is no public name of Keras 3: copy it into the project")


def _gone(path: str) -> Fate | None:
    prefix = path
    while prefix:
        if prefix in GONE:
            return Fate(advice=GONE[prefix])
        if prefix in MOVED_MODULES and prefix not in KEPT:
            return _NOT_PUBLIC
        prefix = prefix.rpartition(".")[0]
    module, _, rest = path.partition(".")
    if module == "backend" and rest.partition(".")[0] not in {"", *BACKEND, *BACKEND_ONLY_TF_KERAS}:
        return _NOT_PUBLIC
    return None
