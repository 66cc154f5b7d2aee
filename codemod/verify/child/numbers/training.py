"""One pass with ``training=True``: outputs, losses, and the weights that it changes."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from .additions import run_with_additions
from .array_difference import same_bits
from .seeds import set_seeds
from .weight_state import Pairs, label, restore, values_of

RandomStates = List[Tuple[Any, Any, Any]]
"""What draws random numbers, with the seed and the state that it had; Keras 3 has states alone."""


def training_pass(tf: Any, model: Any, inputs: Any, pairs: Pairs) -> Dict[str, np.ndarray]:
    """What one pass in training mode gives, by name; weights and layers' seeds are put back.

    Beside outputs, losses and metrics, the weights that the pass changes, such as the moving
    statistics of BatchNormalization.
    """
    before = values_of(pairs)
    states = _random_states(model)
    try:
        set_seeds(tf)
        (_, leaves), added = run_with_additions(tf, model, inputs, training=True)
        found = {"output %d" % index: leaf for index, leaf in enumerate(leaves)}
        found.update(added)
        found.update(_changed(pairs, before))
    finally:
        restore(pairs, before)
        _restore_random(states)
    return found


def _changed(pairs: Pairs, before: Sequence[np.ndarray]) -> Dict[str, np.ndarray]:
    after = values_of(pairs)
    return {
        label(key): value
        for (key, _), value, old in zip(pairs, after, before)
        if not same_bits(value, old)
    }


def _random_states(model: Any) -> RandomStates:
    """The seeds that layers count up with each draw (seen with tf-keras 2.21, Keras 3.15)."""
    found: RandomStates = []
    if not hasattr(model, "submodules"):
        # Keras 3: they are variables beside the weights.
        weights = {id(weight) for weight in model.weights}
        others = [one for one in model.non_trainable_variables if id(one) not in weights]
        return [(variable, None, variable.numpy()) for variable in others]
    for layer in model.submodules:
        source = getattr(layer, "_random_generator", None)
        if source is not None and hasattr(source, "_seed"):
            generator = getattr(source, "_generator", None)
            state = None if generator is None else generator.state.numpy()
            found.append((source, source._seed, state))
    return found


def _restore_random(states: RandomStates) -> None:
    for source, seed, state in states:
        if hasattr(source, "assign"):
            source.assign(state)
            continue
        source._seed = seed
        if state is not None:
            source._generator.state.assign(state)
