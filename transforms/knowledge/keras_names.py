"""What the names of the Keras API mean: layers, models, inputs, functions."""

from __future__ import annotations

import re
from functools import lru_cache

# Keras has public roots, each with implementation packages (`src`, `api._v2.keras`, `_tf_keras`)
# that tracebacks, editors and old code spell out; all of them name the same API.
KERAS_ROOT = re.compile(
    r"^(?:tensorflow(?:\.compat|\.v[12]|\.python|\._api)*\.keras|tf_keras|keras|keras_core)"
    r"(?:\.(?:src|api|_v[12]|v[12]|_tf_keras|keras))*(?=\.|$)"
)
_KERAS_3_ROOT = re.compile(r"^keras\..*")
TENSORFLOW_ROOT = re.compile(r"^tensorflow(?:\.|$)")
GRADIENT_TAPE = "tensorflow.GradientTape"
MODEL_CLASSES = frozenset(
    {"Model", "Sequential", "models.Model", "models.Sequential", "engine.training.Model"}
)
MODEL_FUNCTIONS = frozenset(
    {"models.load_model", "models.clone_model", "models.model_from_json", "saving.load_model"}
)
INPUT_FUNCTIONS = frozenset({"Input", "layers.Input", "engine.input_layer.Input"})
RECURRENT = frozenset({"RNN", "LSTM", "GRU", "SimpleRNN", "ConvLSTM2D", "Bidirectional", "GRUV2"})
FUNCTIONAL_LAYERS = frozenset(
    {"add", "average", "concatenate", "dot", "maximum", "minimum", "multiply", "subtract"}
)
GRAPH_READERS = frozenset({"get_source_inputs", "is_keras_tensor"})
PREPROCESSING = frozenset(
    "CategoryEncoding CenterCrop Discretization HashedCrossing Hashing IntegerLookup Normalization"
    " Rescaling Resizing StringLookup TextVectorization".split()
)
WRAPPERS = frozenset({"TimeDistributed"})
AUTOMATIC_NAMES = frozenset(
    # Operators and slices on KerasTensors name themselves so in Keras 3 (seen with 3.15).
    "abs absolute add bitwise_and bitwise_or bitwise_xor divide equal floor_divide get_item greater"
    " greater_equal less less_equal logical_and logical_not logical_or logical_xor matmul mod"
    " multiply negative not_equal power subtract true_divide"
    # And so do the layers of Keras without weights, whose names a new layer would shift.
    " activation average concatenate cropping1_d cropping2_d dot dropout flatten input_layer lambda"
    " leaky_re_lu masking maximum minimum permute re_lu repeat_vector rescaling reshape resizing"
    " softmax zero_padding2_d elu relu gelu sigmoid tanh".split()
)
CONFIGURATIONS = frozenset("FLAGS CONFIG CFG cfg config conf args flags hparams settings".split())
"""Names of objects that hold what users configure: their attributes are values, not functions."""
DATASET_FUNCTIONS = re.compile(
    r"^tensorflow\.data\.|^tensorflow_datasets\.(?:load|as_dataset)"
    r"|\.\w+_dataset_from_\w+$|\.make_\w*csv_dataset$"
)
FUNCTION_NAMESPACES = ("activations.", "losses.", "metrics.")
NAMES_REMEMBERED = 4096
"""How many names keep their part below Keras; a large module has some hundred."""
CALLED_ON_DATA = ("tensorflow.Module", "tensorflow_addons.", "tensorflow_probability.")
FUNCTION_CLASSES = (
    "losses.",
    "metrics.",
    "callbacks.",
    "initializers.",
    "constraints.",
    "regularizers.",
    "optimizers.",
    "utils.",
)


@lru_cache(maxsize=NAMES_REMEMBERED)
def keras_path(dotted: str) -> str | None:
    """The part of ``dotted`` below the root of Keras, ``""`` for the root, None elsewhere."""
    match = KERAS_ROOT.match(dotted)
    return None if match is None else dotted[match.end() :].lstrip(".")


@lru_cache(maxsize=NAMES_REMEMBERED)
def written_root(dotted: str) -> str:
    """The root of Keras that ``dotted`` starts with, as code would write it; ``""`` for none.

    Implementation packages of Keras 3 move between releases, so its root is always ``keras``.
    """
    match = KERAS_ROOT.match(dotted)
    return "" if match is None else _KERAS_3_ROOT.sub("keras", match.group())


@lru_cache(maxsize=NAMES_REMEMBERED)
def as_written(dotted: str) -> str:
    """``dotted`` with its root of Keras as code would write it; other names as they are."""
    root = KERAS_ROOT.match(dotted)
    return dotted if root is None else written_root(dotted) + dotted[root.end() :]


def last_part(dotted: str) -> str:
    """The last name of a dotted name."""
    return dotted.rpartition(".")[2]


def is_class_name(name: str) -> bool:
    """Whether ``name`` is spelled as a class is."""
    return name.lstrip("_")[:1].isupper() and not name.isupper()


@lru_cache(maxsize=NAMES_REMEMBERED)
def is_layer_class(dotted: str) -> bool:
    """Whether ``dotted`` names a layer class of Keras or of an add-on package."""
    path = keras_path(dotted)
    name = last_part(dotted)
    if path is not None:
        if not name.lstrip("_")[:1].isupper():
            return False
        return path.startswith("layers.") or path == "Layer" or ".layers." in f".{path}"
    return is_class_name(name) and (".layers." in dotted or name.endswith("Layer"))


def is_model_class(dotted: str) -> bool:
    """Whether ``dotted`` names ``Model`` or ``Sequential``."""
    return keras_path(dotted) in MODEL_CLASSES


def is_application(dotted: str) -> bool:
    """Whether ``dotted`` names a function of ``keras.applications`` that returns a model."""
    path = keras_path(dotted)
    return path is not None and path.startswith("applications.") and last_part(path)[:1].isupper()


def makes_model(dotted: str) -> bool:
    """Whether calling ``dotted`` gives a model."""
    return is_model_class(dotted) or is_application(dotted) or keras_path(dotted) in MODEL_FUNCTIONS


def is_input(dotted: str) -> bool:
    """Whether ``dotted`` names ``keras.Input``."""
    return keras_path(dotted) in INPUT_FUNCTIONS


def gives_tensors(dotted: str) -> bool:
    """Whether a function of an add-on package surely gives a tensor for tensors."""
    return ".activations." in dotted


def reads_graph(dotted: str) -> bool:
    """Whether a function of Keras only looks for what tensors are made of, and applies no op."""
    return keras_path(dotted) is not None and last_part(dotted) in GRAPH_READERS


@lru_cache(maxsize=NAMES_REMEMBERED)
def is_preprocessing(dotted: str) -> bool:
    """Whether ``dotted`` names a layer that is often called on data outside any model."""
    name = last_part(dotted)
    return name in PREPROCESSING or name.startswith("Random")


def is_saved(dotted: str) -> bool:
    """Whether ``dotted`` gives a model that was saved."""
    return last_part(dotted) in ("load_model", "model_from_json")


def is_functional_layer(dotted: str) -> bool:
    """``keras.layers.add`` and the other functions that apply a layer."""
    path = keras_path(dotted)
    return path is not None and path.startswith("layers.") and last_part(path) in FUNCTIONAL_LAYERS


def is_keras_function(dotted: str) -> bool:
    """A function of ``keras.activations``, ``losses`` or ``metrics``: raw ops in Keras 2."""
    path = keras_path(dotted)
    return (
        path is not None
        and path.startswith(FUNCTION_NAMESPACES)
        and not is_class_name(last_part(path))
        and last_part(path) not in {"get", "serialize", "deserialize"}
    )


def is_keras_op(dotted: str) -> bool:
    """A function of ``keras.ops`` (Keras 3), which takes KerasTensors."""
    path = keras_path(dotted)
    return path is not None and path.startswith(("ops.", "operations.", "random.", "nn."))


def is_called_function_object(dotted: str) -> bool:
    """A class of losses or metrics: what it makes is called on tensors and applies raw ops."""
    return _is_class_of(dotted, ("losses.", "metrics."))


def is_loss_class(dotted: str) -> bool:
    """A class of losses: what it makes has no state."""
    return _is_class_of(dotted, ("losses.",))


def _is_class_of(dotted: str, namespaces: tuple[str, ...]) -> bool:
    path = keras_path(dotted)
    return path is not None and path.startswith(namespaces) and is_class_name(last_part(path))


def is_input_preprocessing(dotted: str) -> bool:
    """``preprocess_input`` of a model of ``keras.applications``: raw ops, and nothing else."""
    path = keras_path(dotted)
    return (
        path is not None
        and path.startswith("applications.")
        and last_part(path) == "preprocess_input"
    )


@lru_cache(maxsize=NAMES_REMEMBERED)
def is_configuration(dotted: str) -> bool:
    """An object of settings, as ``absl.flags.FLAGS`` or ``core.config.cfg``."""
    return last_part(dotted) in CONFIGURATIONS and keras_path(dotted) is None


def is_dataset(dotted: str) -> bool:
    """What makes data sets, which give batches that are not symbolic."""
    return bool(DATASET_FUNCTIONS.search(dotted))


def is_backend(dotted: str) -> bool:
    """A function of ``keras.backend``."""
    path = keras_path(dotted)
    return path is not None and path.startswith("backend.")


def is_tensorflow(dotted: str) -> bool:
    """A name under ``tensorflow`` that is not Keras."""
    return bool(TENSORFLOW_ROOT.match(dotted)) and keras_path(dotted) is None


def class_role(bases: list[str]) -> str:
    """``layer``, ``model``, ``function`` (losses, callbacks, modules ...) or ``plain``."""
    for base in bases:
        path = keras_path(base)
        if is_model_class(base):
            return "model"
        if is_layer_class(base) or (path is None and last_part(base) in {"Layer", "Wrapper"}):
            return "layer"
        if path is not None and (path.startswith(FUNCTION_CLASSES)):
            return "function"
        if base.startswith(CALLED_ON_DATA):
            return "function"
    return "plain"


def has_ops(root: str) -> bool:
    """Whether the Keras of this root has ``keras.ops`` in some version of it."""
    return root in {"keras", "tensorflow.keras"}
