"""The seeds that the user's code gives: what it draws afterwards depends on them."""

from __future__ import annotations

import random
import time
from typing import Any, Callable, Dict, List, Sequence

import numpy as np

Seeds = Dict[str, List[str]]
"""The seeds that each function was given, each once, in the order in which they first came."""
CLOCKS = (1, 10**3, 10**6, 10**9)
"""How many units of a clock make a second."""
DAY = 24 * 3600


def record_seeds() -> Seeds:
    """Record them from now on.

    Functions that seed all at once, as ``keras.utils.set_random_seed``, call these (seen with
    TensorFlow 2.21, tf-keras 2.21 and Keras 3.15).
    """
    from tensorflow.python.eager import context  # type: ignore[import-untyped,unused-ignore]

    found: Seeds = {}
    _note(random, "seed", "random.seed", found)
    _note(np.random, "seed", "np.random.seed", found)
    _note(context, "set_global_seed", "tf.random.set_seed", found)
    return found


def _note(holder: Any, name: str, shown: str, found: Seeds) -> None:
    seed: Callable[..., Any] = getattr(holder, name)

    def noting(*args: Any, **kwargs: Any) -> Any:
        given = [*args, *kwargs.values()]
        text = _text(given[0] if given else None)
        if text not in found.setdefault(shown, []):
            found[shown].append(text)
        return seed(*args, **kwargs)

    setattr(holder, name, noting)


def _text(seed: Any) -> str:
    """A seed in words; one that is read from a clock is another in each run."""
    if isinstance(seed, (bool, int, float, np.integer, np.floating)):
        is_clock = any(abs(float(seed) / unit - time.time()) < DAY for unit in CLOCKS)
        return "the time" if is_clock else repr(getattr(seed, "item", lambda: seed)())
    if seed is None or isinstance(seed, (str, bytes)):
        return repr(seed)
    return "a %s" % type(seed).__name__


def snapshot(seeds: Seeds) -> Seeds:
    """What was given so far; verification itself seeds too."""
    return {name: list(given) for name, given in seeds.items()}


def seeds_difference(before: Seeds, after: Seeds) -> str:
    """The first function that is given another seed, in one line; empty where none is."""
    for name in {**before, **after}:
        old, new = before.get(name, []), after.get(name, [])
        if old != new:
            return "`%s` is given %s, not %s" % (name, _words(new), _words(old))
    return ""


def _words(seeds: Sequence[str]) -> str:
    return " and ".join(seeds) or "no seed"
