"""The first difference of two frames, in one line, and what changes without being one."""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence, cast

from ..numbers.vocabularies import other_vocabulary
from ..numbers.weights import Key
from ..protocol import BRIDGED, Frame, LayerFrame, TensorFrame
from .pairing import Pairs, moved_layer, paired_layers

# The layers that Keras 2 makes of `model.add_loss` and `model.add_metric`.
ADDED = {"AddLoss": "add_loss", "AddMetric": "add_metric"}


def frame_difference(before: Frame, after: Frame, names: Dict[Key, Key]) -> Optional[str]:
    """What the user sees of the rewritten model that is not as it was, or ``None``.

    ``names`` gives for each weight of the rewritten model the key that it had. New layers, and
    those of raw ops, may have any name.
    """
    for word, old, new in (
        ("the model's name", before["name"], after["name"]),
        ("its class", before["kind"], after["kind"]),
        ("the structure of the inputs", before["input_structure"], after["input_structure"]),
        ("the structure of the outputs", before["output_structure"], after["output_structure"]),
    ):
        if old != new:
            return "%s is `%s`, not `%s`" % (word, new, old)
    pairs = paired_layers(before["layers"], after["layers"])
    outputs = _outputs(before, after, pairs)
    return (
        _of_flags("the model", before["trainable"], after["trainable"])
        or _of_tensors("input", before["inputs"], after["inputs"], False)
        or _of_tensors("output", before["outputs"], outputs, _adds_layers(before, after))
        or other_vocabulary(before["vocabularies"], after["vocabularies"])
        or _of_layers(before["layers"], after["layers"], pairs)
        or _of_weights(before, after, names)
        or _of_lists("metrics", before["metrics"], after["metrics"])
        or _of_steps(before["steps"], after["steps"])
        or _of_training(before["training"], after["training"])
    )


def renamed_outputs(before: Frame, after: Frame) -> List[str]:
    """Hazards: outputs of raw ops whose names change with the op's layer."""
    outputs = _outputs(before, after, paired_layers(before["layers"], after["layers"]))
    return [
        "output %d is named `%s`, and %s: names in `compile`, in targets and in the history "
        "of `fit` change with it" % (index, new["name"], _earlier(old["name"]))
        for index, (old, new) in enumerate(zip(before["outputs"], outputs))
        if old["name"] != new["name"]
    ]


def _earlier(name: str) -> str:
    """What an output was called: a name that the bridge has made up is none that users have."""
    is_made_up = name.startswith(BRIDGED)
    return "had the name of a raw op" if is_made_up else "was `%s`" % name


def _adds_layers(before: Frame, after: Frame) -> bool:
    """Whether layers add what the model was given: an output passes through one."""
    return any(
        _is_added(layer) and layer["name"] not in after["all_layers"] for layer in before["layers"]
    )


def _is_added(layer: LayerFrame) -> bool:
    return layer["name"].startswith(ADDED.get(layer["kind"], "\n"))


def _outputs(before: Frame, after: Frame, pairs: Pairs) -> List[TensorFrame]:
    """The outputs of ``after``, those of layers that Keras has numbered anew with the old names."""
    back = {
        (new, after["layers"][new]["name"]): before["layers"][old]["name"]
        for old, new in pairs.items()
        if before["layers"][old]["numbered"] is not None
    }
    found: List[TensorFrame] = []
    for output in after["outputs"]:
        name = back.get((output["made_by"], output["name"]), output["name"])
        found.append(cast(TensorFrame, {**output, "name": name}))
    return found


def _of_tensors(
    word: str, before: Sequence[TensorFrame], after: Sequence[TensorFrame], passes: bool
) -> Optional[str]:
    """The first difference; with ``passes`` an output may pass through a layer of another name."""
    if len(before) != len(after):
        return "it has %d %ss, not %d" % (len(after), word, len(before))
    for index, (old, new) in enumerate(zip(before, after)):
        passed_on = passes and new["first"] == old["name"]
        if old["name"] != new["name"] and not old["raw"] and not passed_on:
            return "%s %d is named `%s`, not `%s`" % (word, index, new["name"], old["name"])
        if old["text"] != new["text"]:
            return "%s %d is a %s, not a %s" % (word, index, new["text"], old["text"])
    return None


def _of_layers(
    before: Sequence[LayerFrame], after: Sequence[LayerFrame], pairs: Pairs
) -> Optional[str]:
    for place, old in enumerate(before):
        if place not in pairs:
            if _is_added(old):
                # The losses themselves are traced and compared.
                continue
            return "the layer `%s` (%s) is gone" % (old["name"], old["kind"])
        new = after[pairs[place]]
        name = "the layer `%s`" % old["name"]
        if old["kind"] != new["kind"]:
            return "%s is a %s, not a %s" % (name, new["kind"], old["kind"])
        flag = _of_flags(name, old["trainable"], new["trainable"])
        if flag is not None:
            return flag
        for key_of_config in {**old["config"], **new["config"]}:
            one, other = (item["config"].get(key_of_config, "nothing") for item in (old, new))
            if one != other:
                return "%s has %s %s, not %s" % (name, key_of_config, other, one)
    return moved_layer(before, after, pairs) or _of_shapes(before, after, pairs)


def _of_shapes(
    before: Sequence[LayerFrame], after: Sequence[LayerFrame], pairs: Pairs
) -> Optional[str]:
    """The first layer that says something wrong of its shapes which it did not."""
    known = {new: before[old]["wrong_shape"] for old, new in pairs.items()}
    for place, layer in enumerate(after):
        if layer["wrong_shape"] != known.get(place, ""):
            told = layer["wrong_shape"] or "says other shapes than it did"
            return "the layer `%s` %s" % (layer["name"], told)
    return None


def _of_weights(before: Frame, after: Frame, names: Dict[Key, Key]) -> Optional[str]:
    old_weights = {_key(weight["key"]): weight for weight in before["weights"]}
    for new in after["weights"]:
        own = _key(new["key"])
        old = old_weights.get(names[own])
        if old is None:
            return "the weight `%s` is new" % new["name"]
        if own == names[own] and old["name"] != new["name"]:
            return "the weight `%s` is named `%s`" % (old["name"], new["name"])
        for word in ("dtype", "shape", "constraint", "initializer", "value"):
            if old[word] != new[word]:
                values = new[word], old[word]
                return "the weight `%s` has %s %s, not %s" % (old["name"], word, *values)
        if old["models"] != new["models"]:
            values = _models(new["models"]), _models(old["models"])
            return "the weight `%s` is one of %s, not of %s" % (old["name"], *values)
        flag = _of_flags("the weight `%s`" % old["name"], old["trainable"], new["trainable"])
        if flag is not None:
            return flag
    if len(before["weights"]) != len(after["weights"]):
        return "it has %d weights, not %d" % (len(after["weights"]), len(before["weights"]))
    return None


def _models(names: Sequence[str]) -> str:
    return " and ".join("`%s`" % name for name in names) or "no model"


def _key(parts: Sequence[object]) -> Key:
    name, occurrence, index = parts
    return str(name), int(str(occurrence)), int(str(index))


def _of_lists(word: str, before: Sequence[str], after: Sequence[str]) -> Optional[str]:
    if list(before) == list(after):
        return None
    return "its %s are %s, not %s" % (word, ", ".join(after) or "none", ", ".join(before) or "none")


def _of_steps(before: Dict[str, str], after: Dict[str, str]) -> Optional[str]:
    for name in {**before, **after}:
        if before.get(name) != after.get(name):
            state = "gone" if name not in after else "new" if name not in before else "another one"
            return "`%s` of its class is %s" % (name, state)
    return None


def _of_training(before: Dict[str, str], after: Dict[str, str]) -> Optional[str]:
    """The first difference; optimizers of two kinds have settings of their own."""
    for call in {**before, **after}:
        old, new = before.get(call, "nothing"), after.get(call, "nothing")
        if old != new and (": " not in call or (call in before and call in after)):
            return "`%s` is given %s, not %s" % (call, new, old)
    return None


def _of_flags(name: str, before: Optional[bool], after: Optional[bool]) -> Optional[str]:
    return None if before == after else "%s has trainable=%s, not %s" % (name, after, before)
