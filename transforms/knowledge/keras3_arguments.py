"""What became of the arguments of the Keras API in Keras 3.

Seen by comparing the signatures of tf-keras 2.21 and Keras 3.15.1, and by running each; the
argument that Keras 3 refuses is the row, what to do is :class:`Fate`, whose ``now`` is the new name
of the argument and ``""`` where it can be left out without any change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from transforms.knowledge.keras3_names import Fate
from transforms.knowledge.keras_names import NAMES_REMEMBERED, is_layer_class, keras_path, last_part

LEFT_OUT = ""
_UNUSED = Fate(advice="leave it out", now=LEFT_OUT)
_LOST = Fate(advice="leave it out")
_POOLING = frozenset(
    f"{kind}{size}D" for kind in ("AveragePooling", "AvgPool") for size in (1, 2, 3)
)

OF_LAYERS: Mapping[str, Fate] = {
    "batch_input_shape": Fate(advice="put `keras.Input(batch_shape=...)` before the layer"),
    "batch_size": Fate(advice="give it to `keras.Input`"),
    "dynamic": Fate(
        advice="leave it out; run eagerly with `compile(run_eagerly=True)`", unused=(False,)
    ),
    "input_dtype": Fate(advice="give it to `keras.Input(dtype=...)`"),
    "weights": Fate(advice="call `set_weights` once the layer is built", unused=(None,)),
    "time_major": Fate(advice="transpose the input instead", unused=(False,)),
}
"""Arguments that layers of Keras took whatever their class."""

OF_LAYER: Mapping[str, Mapping[str, Fate]] = {
    "BatchNormalization": {
        "fused": _UNUSED,
        "virtual_batch_size": Fate(advice="write the layer yourself", unused=(None,)),
        "adjustment": Fate(advice="write the layer yourself", unused=(None,)),
        "mode": _LOST,
    },
    "Embedding": {
        "sparse": Fate(advice="leave it out", unused=(False,)),
        "dropout": Fate(advice="use SpatialDropout1D"),
    },
    "Softmax": {"robust_masking": _LOST},
    "Attention": {
        "causal": Fate(advice="call the layer with `use_causal_mask=True`", unused=(False,))
    },
    "AdditiveAttention": {
        "causal": Fate(advice="call the layer with `use_causal_mask=True`", unused=(False,))
    },
    "CategoryEncoding": {"max_tokens": Fate(advice="call it num_tokens", now="num_tokens")},
    "Discretization": {
        "bins": Fate(advice="call it bin_boundaries (or num_bins, where it is a number)")
    },
    "ThresholdedReLU": {},
    "SpatialDropout1D": {"noise_shape": _UNUSED},
    "SpatialDropout2D": {"noise_shape": _UNUSED},
    "SpatialDropout3D": {"noise_shape": _UNUSED},
    "Input": {
        "type_spec": Fate(advice="give batch_shape and dtype"),
        "batch_input_shape": Fate(advice="call it batch_shape", now="batch_shape"),
    },
    "Dense": {
        "output_dim": Fate(advice="call it units", now="units"),
        "init": Fate(advice="call it kernel_initializer", now="kernel_initializer"),
        "W_regularizer": Fate(advice="call it kernel_regularizer", now="kernel_regularizer"),
    },
    **{
        name: {
            "dim_ordering": Fate(advice="give data_format"),
            "border_mode": Fate(advice="call it padding", now="padding"),
            "subsample": Fate(advice="call it strides", now="strides"),
            "nb_filter": Fate(advice="call it filters", now="filters"),
            "init": Fate(advice="call it kernel_initializer", now="kernel_initializer"),
        }
        for name in (
            "Conv1D Conv2D Conv3D MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D"
            " AveragePooling2D AveragePooling3D"
        ).split()
    },
    **{
        name: {"groups": Fate(advice="leave it out", unused=(1,))}
        for name in ("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
    },
    **{
        name: {
            "kernel_initializer": Fate(advice=f"give {rest}initializer"),
            "kernel_regularizer": Fate(advice=f"give {rest}regularizer"),
            "kernel_constraint": Fate(advice=f"give {rest}constraint"),
            "groups": _LOST,
        }
        for name, rest in (
            ("DepthwiseConv1D", "depthwise_"),
            ("DepthwiseConv2D", "depthwise_"),
            ("SeparableConv1D", "depthwise_ and pointwise_"),
            ("SeparableConv2D", "depthwise_ and pointwise_"),
        )
    },
}
"""Arguments that single layers took."""

ACCEPTED: Mapping[str, frozenset[str]] = {
    "InputLayer": frozenset({"batch_input_shape", "batch_size"}),
    "Embedding": frozenset({"weights"}),
}
"""What single layers still take of the arguments of all."""

_OPTIMIZER = {
    "lr": Fate(advice="call it learning_rate; tf-keras 2.11 and later ignored `lr`"),
    "decay": Fate(
        advice="give a schedule: `schedules.InverseTimeDecay(rate, 1, decay)`", unused=(None,)
    ),
    "schedule_decay": _LOST,
    "jit_compile": Fate(advice="give it to `compile`"),
    "adaptive_epsilon": _LOST,
}
DEFAULT_RATES: Mapping[str, float] = {
    **dict.fromkeys(
        "Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Nadam RMSprop".split(), 0.001
    ),
    "Lion": 0.0001,
    "SGD": 0.01,
}
"""What `learning_rate` is by default: `lr` that says the same means it in every release."""
_OPTIMIZERS = frozenset(
    "Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lion Nadam Optimizer RMSprop SGD".split()
)

OF_FUNCTION: Mapping[str, Mapping[str, Fate]] = {
    "Model": {
        "input": Fate(advice="call it inputs", now="inputs"),
        "output": Fate(advice="call it outputs", now="outputs"),
        "dynamic": _LOST,
    },
    "activations.relu": {
        "alpha": Fate(advice="call it negative_slope, or give it by position"),
    },
    "callbacks.BackupAndRestore": {"save_before_preemption": _LOST},
    "callbacks.ModelCheckpoint": {
        "options": _UNUSED,
        "period": Fate(advice="use save_freq", unused=(1,)),
        "load_weights_on_restart": Fate(advice="leave it out", unused=(False,)),
    },
    "callbacks.ProgbarLogger": {"count_mode": _UNUSED, "stateful_metrics": _UNUSED},
    "callbacks.TensorBoard": {
        "write_grads": _UNUSED,
        "batch_size": _UNUSED,
        "embeddings_layer_names": _UNUSED,
        "embeddings_data": _UNUSED,
    },
    "constraints.MaxNorm": {"m": Fate(advice="call it max_value", now="max_value")},
    "constraints.max_norm": {"m": Fate(advice="call it max_value", now="max_value")},
    "regularizers.l1": {"l": Fate(advice="call it l1")},
    "regularizers.l2": {"l": Fate(advice="call it l2")},
    "utils.load_img": {"grayscale": Fate(advice="give color_mode='grayscale'")},
    "preprocessing.image.load_img": {"grayscale": Fate(advice="give color_mode='grayscale'")},
    "utils.to_categorical": {
        "y": Fate(advice="call it x, or give it by position"),
        "dtype": Fate(advice="call `.astype` on the result"),
    },
    "utils.plot_model": {"layer_range": _LOST},
    "models.save_model": {
        "save_format": Fate(advice="the ending of the path says it: .keras or .h5"),
    },
    **{
        f"datasets.{name}.load_data": {"cache_dir": Fate(advice="give path")}
        for name in "boston_housing cifar10 cifar100 fashion_mnist imdb mnist reuters".split()
    },
}
"""Arguments of other functions and classes."""

OF_METHOD: Mapping[str, Mapping[str, Fate]] = {
    **{
        name: {
            "workers": _UNUSED,
            "use_multiprocessing": _UNUSED,
            "max_queue_size": _UNUSED,
            "max_q_size": _LOST,
            "nb_epoch": Fate(advice="call it epochs"),
            "nb_worker": _LOST,
            "pickle_safe": _LOST,
        }
        for name in ("fit", "evaluate", "predict")
    },
    "train_on_batch": {"reset_metrics": Fate(advice="call `reset_metrics()` before it")},
    "test_on_batch": {"reset_metrics": Fate(advice="call `reset_metrics()` before it")},
    "compile": {
        "sample_weight_mode": _LOST,
        "target_tensors": _LOST,
        "experimental_steps_per_execution": Fate(
            advice="call it steps_per_execution", now="steps_per_execution"
        ),
        "experimental_run_tf_function": _LOST,
        "pss_evaluation_shards": _LOST,
        "distribute": _LOST,
        "options": _LOST,
        "run_metadata": _LOST,
    },
    "save": {"save_format": Fate(advice="the ending of the path says it: .keras or .h5")},
    "save_weights": {
        "save_format": Fate(advice="the path must end in .weights.h5"),
        "options": _LOST,
    },
    "load_weights": {"options": _LOST},
}
"""Arguments of the methods of models."""

OF_ADD_WEIGHT: Mapping[str, Fate] = {
    "use_resource": _UNUSED,
    "synchronization": _LOST,
    "partitioner": _LOST,
    "experimental_autocast": Fate(advice="call it autocast"),
    "getter": _LOST,
    "collections": _LOST,
}
OF_APPLY_GRADIENTS: Mapping[str, Fate] = {
    "name": _UNUSED,
    "experimental_aggregate_gradients": _UNUSED,
    "skip_gradients_aggregation": _UNUSED,
}


@dataclass(frozen=True, kw_only=True)
class Positions:
    """Parameters by position under Keras 2; from ``first`` on they are other ones in Keras 3.

    ``silent`` where Keras 3 takes them all the same, for something else; not ``exact`` where
    Keras 2 ignored them.
    """

    names: tuple[str, ...]
    first: int
    silent: bool = False
    exact: bool = True


OF_POSITIONS: Mapping[str, Positions] = {
    "Model": Positions(names=("inputs", "outputs", "name"), first=2, exact=False),
    "Sequential": Positions(names=("layers", "name"), first=1),
    "layers.Input": Positions(names=("shape", "batch_size", "name", "dtype"), first=2),
    "layers.RandomContrast": Positions(names=("factor", "seed"), first=1, silent=True),
    "layers.StringLookup": Positions(
        names=(
            "max_tokens",
            "num_oov_indices",
            "mask_token",
            "oov_token",
            "vocabulary",
            "idf_weights",
            "encoding",
            "invert",
        ),
        first=6,
    ),
}
COMPILE_POSITIONS = Positions(names=("optimizer", "loss", "metrics"), first=2)


@lru_cache(maxsize=NAMES_REMEMBERED)
def arguments_of(dotted: str) -> Mapping[str, Fate]:
    """The arguments of the class or function ``dotted`` that Keras 3 refuses."""
    path = keras_path(dotted)
    if path is None:
        return {}
    name = last_part(path)
    path = _short(path)
    if path.startswith("optimizers.") and name in _OPTIMIZERS and ".legacy" not in path:
        return _OPTIMIZER
    if path == "layers.Input":
        return OF_LAYER["Input"]
    if path in OF_FUNCTION:
        return OF_FUNCTION[path]
    if is_layer_class(dotted):
        accepted = ACCEPTED.get(name, frozenset())
        of_all = {key: fate for key, fate in OF_LAYERS.items() if key not in accepted}
        return {**of_all, **OF_LAYER.get(name, {})}
    return {}


def default_rate_of(dotted: str) -> float | None:
    """The default learning rate of an optimizer, None for anything else."""
    path = keras_path(dotted) or ""
    return DEFAULT_RATES.get(last_part(path)) if path.startswith("optimizers.") else None


@lru_cache(maxsize=NAMES_REMEMBERED)
def positions_of(dotted: str) -> Positions | None:
    """How ``dotted`` took its arguments by position, where that changed."""
    path = keras_path(dotted)
    return None if path is None else OF_POSITIONS.get(_short(path))


@lru_cache(maxsize=NAMES_REMEMBERED)
def needs_pool_size(dotted: str) -> int | None:
    """The dimensions of an average pooling, whose size Keras 3 has no default for."""
    path = keras_path(dotted)
    if path is None or not path.startswith("layers.") or last_part(path) not in _POOLING:
        return None
    return int(path[-2])


def _short(path: str) -> str:
    """One spelling for what Keras has in two places."""
    if path in {"models.Model", "models.Sequential"}:
        return last_part(path)
    return "layers.Input" if path == "Input" else path
