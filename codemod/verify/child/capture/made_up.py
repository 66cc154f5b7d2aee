"""Values for parameters that have none: from calls in sight, from how they are used, by name.

Values are texts of Python expressions, so that a call can be told and made again.
"""

from __future__ import annotations

import ast
import math
import re
from functools import partial
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

from .made_up_settings import Texts, settings_texts
from .parameter_paths import Path
from .parameters import Use

Fitting = Callable[[Sequence[Path]], Mapping[str, Any]]
"""The settings of the project that have the keys and attributes which are read."""
IMAGES = ("(32, 32, 3)", "(128, 128, 3)", "(64, 64, 1)", "(224, 224, 3)")
SEQUENCES = ("(16, 8)", "(64, 4)", "(128, 1)", "(None, 8)")
VECTORS = ("(8,)", "(16,)")
VOLUMES = ("(16, 16, 16, 1)", "(32, 32, 32, 1)")
BY_LAYERS: Sequence[Tuple[str, Sequence[str]]] = (
    ("3D", VOLUMES),
    ("2D", IMAGES),
    ("1D|LSTM|GRU|RNN|Attention|Embedding", SEQUENCES),
    ("Dense", VECTORS),
)
"""Shapes for the layers that a function mentions, the most telling first."""
MADE_UP_NAME = ["'made_up'"]
BY_NAME: Sequence[Tuple[str, Texts]] = (
    (r"shape$|^input_dims?_?shape|^dims$", []),
    (r"vocab|max_features|num_words|n_words|tokens$", ["50"]),
    (
        r"drop|rate$|alpha|momentum|(^|_)eps|decay|ratio|threshold|thres|^lr$|scale$",
        ["0.1", "1", "4"],
    ),
    (r"(^|_)(id|idx|index)$", ["0", "1"]),
    (r"class|labels?$|n_out|out_dim|output_dim|output_size|categories", ["3", "10"]),
    (r"channel|n_ch|bands", ["3", "1", "8"]),
    (r"activation|^act$|^act_|_act$", ["'relu'"]),
    (r"padding", ["'same'"]),
    (r"dtype", ["'float32'"]),
    (r"initiali[sz]er", ["'glorot_uniform'"]),
    (r"optimi[sz]er|^opt$", ["'adam'"]),
    (r"^loss", ["'mse'"]),
    (r"^name$|_name$|prefix|scope|^tag$", MADE_UP_NAME),
    (r"weights$|checkpoint|pretrained", ["None"]),
    (r"kernel|window|pool|^ks?$", ["3", "(3, 3)"]),
    (r"stride|dilation|^s$", ["1", "2"]),
    (
        r"head|depth|num_layers|n_layers|layers$|blocks|stack|repeat|levels|stages|groups",
        ["2", "4"],
    ),
    (r"batch", ["2"]),
    (r"image_size|img_size|imgsz|resolution|height|width|rows|cols|^h$|^w$", ["32", "128", "224"]),
    (r"len|steps|seq|time|frames|lookback|horizon|samples", ["16", "64", "512"]),
    (r"^(is_|use_|with_|has_|do_|include_|return_)|training|trainable|verbose|bias", ["False"]),
)
ARRAYS: Sequence[Tuple[str, str]] = (
    ("3D", "(4, 16, 16, 16, 1)"),
    ("2D", "(8, 32, 32, 3)"),
    ("1D|LSTM|GRU|RNN|Attention|Embedding", "(32, 16, 8)"),
    ("", "(64, 128)"),
)
"""Shapes of data to learn from, for the layers that a class mentions; wide, as columns go."""
SEARCHED = ("hp", "hyperparameters", "hyper_parameters")
"""What builders of Keras Tuner call the choices that they ask for."""
DATA_NAMES = r"^X$|^X_|^x_?train|^train_?x|^(train(ing)?_)?data$|^samples$"
LABEL_NAMES = r"^y$|^y_?(train|true)|^train_?y$|^targets?$"
DATA_SHAPES = {2: "(64, 128)", 3: "(32, 16, 512)", 4: "(8, 32, 32, 3)", 5: "(4, 16, 16, 16, 1)"}
"""Shapes of data by their lengths: in three dimensions it is a signal of several channels."""
OTHER = "other"
"""A text that stands in no comparison, for what comes after them."""
NUMBERS = ["8", "16", "4", "64"]
MOST_SETS = 6
"""How many sets of values are tried for one call: each is built in vain or gives the models."""
MOST_SEEN = 4
"""How many calls in sight are made again for one function."""


def argument_sets(
    ranked: Mapping[str, Texts], seen: Sequence[Dict[str, str]], most: int = MOST_SETS
) -> Iterator[Dict[str, str]]:
    """Values for the required parameters, whose values are ``ranked``, the likeliest first.

    ``seen`` are the arguments of calls in sight. At ``most`` so many others are tried.
    """
    first = {name: values[0] for name, values in ranked.items()}
    for given in seen[:MOST_SEEN]:
        yield {**first, **given}
    if not ranked:
        yield {}
        return
    most = min(most, max(len(values) for values in ranked.values()))
    for place in range(most):
        yield {name: values[min(place, len(values) - 1)] for name, values in ranked.items()}


def variations(
    given: Mapping[str, str],
    defaults: Mapping[str, Any],
    used: Mapping[str, Use],
    objects: Mapping[str, Texts],
) -> Iterator[Dict[str, str]]:
    """``given`` with one parameter changed to each other value that the function asks about.

    ``objects`` are those that parameters may be given.
    """
    for name in [*used, *(name for name in objects if name not in used)]:
        use = used.get(name, Use())
        values = [repr(text) for text in [*dict.fromkeys(use.texts), OTHER]] if use.texts else []
        if use.numbers:
            values += map(repr, [*dict.fromkeys(use.numbers), max(use.numbers) + 1])
        if "truth" in use.kinds and defaults.get(name) in (None, True, False):
            values += ["True", "False"] if use.kinds == {"truth"} or name in defaults else []
        present = given.get(name, repr(defaults.get(name, "")))
        for value in [*values, *objects.get(name, ())]:
            if value != present:
                yield {**given, name: value}


def values_for(name: str, use: Use, mentioned: Set[str], known: Optional[Fitting] = None) -> Texts:
    """Values that a parameter may take, the likeliest first; settings of the project are known."""
    if use.texts:
        # Of names of dtypes: more ops take floats.
        return [repr(text) for text in sorted(dict.fromkeys(use.texts), key=_is_no_float)]
    if name in SEARCHED:
        return ["HyperParameters()"]
    if use.paths and not use.kinds & {"tensor", "number", "shape"}:
        given = known(use.paths) if known is not None else {}
        own = partial(values_for, mentioned=mentioned)
        texts = [*settings_texts(use.paths, use, own, given)]
        if given and not any(path[0].startswith(".") for path in use.paths):
            # What the function hands on may read other keys.
            texts.insert(0, repr(given))
        return texts
    if use.methods and not use.kinds & {"tensor", "number", "shape", "walked", "text", "truth"}:
        paths = [("." + method,) for method in sorted(use.methods)]
        return [*settings_texts(paths, use, partial(values_for, mentioned=mentioned), {})]
    named = by_name(name) or (MADE_UP_NAME if use.kinds & {"named", "text"} else [])
    if not use.paths or "tensor" in use.kinds:
        if re.search(DATA_NAMES, name) and "shape" in name and use.length in DATA_SHAPES:
            return [DATA_SHAPES[use.length]]
        if re.search(DATA_NAMES, name):
            return _arrays(mentioned)
        if re.search(LABEL_NAMES, name):
            return ["__import__('numpy').arange(64) %% %d" % classes for classes in (2, 1)]
    if "shape" in use.kinds or (name.endswith("shape") and not use.kinds & {"number"}):
        return _shapes(use.length, mentioned)
    if named and "walked" not in use.kinds:
        return named
    if "walked" in use.kinds:
        item = (named or NUMBERS)[0]
        return ["[%s, %s]" % (item, item), "[3, 3]", *_shapes(0, mentioned)]
    if "path" in use.kinds:
        return [repr(name)]
    if use.kinds == {"truth"}:
        return ["False", "True"]
    if "function" in use.kinds and "number" not in use.kinds:
        return ["abs"]
    return NUMBERS if "number" in use.kinds else [*NUMBERS[:2], *_shapes(0, mentioned)[:2]]


def _is_no_float(text: str) -> bool:
    return "float" not in text


def by_name(name: str) -> Texts:
    """Values for what is called ``name``, whatever is done with it."""
    word = name.lower()
    return next((list(values) for pattern, values in BY_NAME if re.search(pattern, word)), [])


def _arrays(mentioned: Set[str]) -> Texts:
    """Arrays of data, no two rows of which are alike."""
    text = " ".join(mentioned)
    fitting = [shape for words, shape in ARRAYS if re.search(words, text)]
    shapes = list(dict.fromkeys([*fitting, *(shape for _, shape in ARRAYS[::-1])]))
    return [
        "__import__('numpy').linspace(0, 1, %d).reshape(%s)" % (math.prod(shape), text)
        for text in shapes
        for shape in [ast.literal_eval(text)]
    ]


def _shapes(length: int, mentioned: Set[str]) -> Texts:
    text = " ".join(mentioned)
    ranked = [shape for words, shapes in BY_LAYERS if re.search(words, text) for shape in shapes]
    ranked += [shape for _, shapes in BY_LAYERS for shape in shapes]
    if length > 1:
        fitting = [shape for shape in ranked if len(ast.literal_eval(shape)) == length]
        ranked = fitting or ["(%s)" % ", ".join(["32"] * length)]
    return list(dict.fromkeys(ranked))


def calls_in_sight(
    name: str, parameters: Sequence[str], trees: Mapping[str, Any]
) -> List[Dict[str, str]]:
    """The arguments of calls of ``name`` whose values stand in the sources."""
    found = []
    everywhere = {key: text for tree in trees.values() for key, text in _constants(tree).items()}
    for tree in trees.values():
        constants = {**everywhere, **_constants(tree)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node.func) == name:
                given = _given(node, parameters, constants)
                if given and given not in found:
                    found.append(given)
    return found


def _called(node: Any) -> str:
    return str(getattr(node, "id", "") or getattr(node, "attr", ""))


def _constants(tree: Any) -> Dict[str, str]:
    """Names of a module that stand for one literal."""
    return {
        node.targets[0].id: _literal(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
        and _literal(node.value)
    }


def _literal(node: Any) -> str:
    try:
        return repr(ast.literal_eval(node))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ""


def _given(
    node: ast.Call, parameters: Sequence[str], constants: Mapping[str, str]
) -> Dict[str, str]:
    pairs: List[Tuple[str, Any]] = list(zip(parameters, node.args))
    pairs += [(str(item.arg), item.value) for item in node.keywords if item.arg in parameters]
    texts = {}
    for name, value in pairs:
        text = constants.get(value.id, "") if isinstance(value, ast.Name) else _literal(value)
        if text:
            texts[name] = text
    return texts


def key_tables(tree: Any) -> Dict[str, Texts]:
    """The keys of dictionaries that names of a module stand for."""
    return {
        target.id: [str(key.value) for key in node.value.keys if isinstance(key, ast.Constant)]
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
