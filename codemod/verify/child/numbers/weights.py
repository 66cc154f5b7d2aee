"""Weights that are equal on both sides: made from a seed for each layer name and index."""

from __future__ import annotations

import zlib
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from ..layers import leaf_layers, weights_of
from ..limits import DRAWN_VALUES

Key = Tuple[str, int, int]


def weights_by_key(model: Any) -> Dict[Key, Any]:
    """Each weight under (layer name, how many layers of that name came before, index)."""
    found: Dict[Key, Any] = {}
    seen: Dict[str, int] = {}
    counted: Dict[int, int] = {}
    for layer in leaf_layers(model):
        if weights_of(layer) and id(layer) not in counted:
            counted[id(layer)] = seen.get(layer.name, 0)
            seen[layer.name] = counted[id(layer)] + 1
        for index, weight in enumerate(weights_of(layer)):
            found[(layer.name, counted[id(layer)], index)] = weight
    return found


def weight_order(model: Any) -> List[List[Any]]:
    """Name and weight shapes of each layer with weights, in the order of the model."""
    layers = {id(layer): layer for layer in leaf_layers(model) if weights_of(layer)}
    return [[layer.name, [_shape(w) for w in weights_of(layer)]] for layer in layers.values()]


def pair_weights(
    model: Any, order: Optional[List[List[Any]]]
) -> Tuple[Dict[Key, Key], Optional[str]]:
    """The key that each weight has in the original, whose ``order`` is given, if there is one.

    Weights are paired by layer name; where the names differ, by position, and the returned text
    says so. Raises ``ValueError`` where the shapes differ.
    """
    own = weights_by_key(model)
    if order is None:
        return {key: key for key in own}, None
    expected = _keys_of(order)
    if {(key, tuple(_shape(weight))) for key, weight in own.items()} == set(expected):
        return {key: key for key in own}, None
    shapes = [shape for _, shape in expected]
    if [tuple(_shape(weight)) for weight in own.values()] != shapes:
        raise ValueError(first_mismatch(own, expected))
    keys = {mine: theirs for mine, (theirs, _) in zip(own, expected)}
    return keys, "weights were paired by position, since layer names differ"


def paired_by(names: Dict[Key, Key]) -> List[List[object]]:
    """``names`` as another process reads them."""
    return [[*own, *other] for own, other in names.items()]


def pair_weights_through(
    model: Any, order: List[List[Any]], paired: List[List[Any]]
) -> Dict[Key, Key]:
    """The key that each weight has in a third model, by the names of the one in between.

    That one has the ``order``, and its weights are ``paired`` with the third model's.
    """
    own, _ = pair_weights(model, order)
    known = {(a, b, c): (d, e, f) for a, b, c, d, e, f in paired}
    return {mine: known[theirs] for mine, theirs in own.items()}


def set_weights(model: Any, names: Dict[Key, Key]) -> None:
    """Give every float weight its seeded values, by the key that ``names`` has for it."""
    for key, weight in weights_by_key(model).items():
        _assign(weight, names[key])


def paired_weights(model: Any, order: Optional[List[List[Any]]]) -> List[Tuple[Key, Any]]:
    """Each weight of ``model`` with the key that ``pair_weights`` gives it."""
    names, _ = pair_weights(model, order)
    return [(names[key], weight) for key, weight in weights_by_key(model).items()]


def first_mismatch(own: Dict[Key, Any], expected: List[Tuple[Key, Tuple[int, ...]]]) -> str:
    """How the weights of a model differ from the ``expected`` keys and shapes, in words."""
    missing = [key[0] for key, _ in expected if key not in own]
    if missing and len(own) + len(missing) == len(expected):
        # What Keras 3 does not track is no weight there.
        had = sum(key[0] == missing[0] for key, _ in expected)
        has = had - missing.count(missing[0])
        return "`%s` has %d weights, and had %d" % (missing[0], has, had)
    for (mine, weight), (theirs, shape) in zip(own.items(), expected):
        if tuple(_shape(weight)) != shape:
            return "weight %d of `%s` has shape %s, that of `%s` had %s" % (
                mine[2],
                mine[0],
                tuple(_shape(weight)),
                theirs[0],
                shape,
            )
    return "there are %d weights, and there were %d" % (len(own), len(expected))


def _keys_of(order: List[List[Any]]) -> List[Tuple[Key, Tuple[int, ...]]]:
    seen: Dict[str, int] = {}
    keys: List[Tuple[Key, Tuple[int, ...]]] = []
    for name, shapes in order:
        occurrence = seen.get(name, 0)
        seen[name] = occurrence + 1
        keys += [((name, occurrence, index), tuple(shape)) for index, shape in enumerate(shapes)]
    return keys


def _shape(weight: Any) -> List[int]:
    return [int(size) for size in weight.shape]


def _assign(weight: Any, key: Key) -> None:
    shape = _shape(weight)
    # Of a matrix only the type is asked, and reading all of it takes long.
    before = np.asarray((weight[:1] if len(shape) >= 2 else weight).numpy())
    if before.dtype.kind != "f" and "float" not in str(before.dtype):
        return
    size = int(np.prod(shape))
    random = np.random.RandomState(zlib.crc32(repr(key).encode()) % (2**32))
    noise = random.normal(size=min(size, DRAWN_VALUES))
    if len(shape) >= 2:
        values = noise / np.sqrt(max(1, int(np.prod(shape[:-1]))))
    else:
        constant = size > 0 and bool((before == before.flat[0]).all())
        values = (float(before.flat[0]) if constant else 0.0) + 0.1 * noise
    if "variance" in str(weight.name):
        values = np.abs(values) + 0.1
    weight.assign(np.resize(values.astype(before.dtype), shape))
