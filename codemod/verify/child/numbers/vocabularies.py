"""The vocabularies of lookup layers, which are no weights and decide what a model gives."""

from __future__ import annotations

import hashlib
from typing import Any, Iterator, List, Optional

from ..layers import leaf_layers
from ..protocol import Vocabulary


def vocabularies(model: Any) -> List[Vocabulary]:
    """Name, size and digest of each vocabulary, in the order of the layers."""
    return [_described(layer) for layer in _lookup_layers(model)]


def other_vocabulary(before: List[Vocabulary], after: List[Vocabulary]) -> Optional[str]:
    """How the first vocabulary that is another differs; ``None`` where they are the same."""
    if len(before) != len(after):
        return "there are %d vocabularies, not %d" % (len(after), len(before))
    for old, new in zip(before, after):
        if old["digest"] != new["digest"]:
            sizes = (
                "" if old["size"] == new["size"] else " of %d, not %d" % (new["size"], old["size"])
            )
            return "the vocabulary of `%s` has other entries%s" % (new["layer"], sizes)
    return None


def _lookup_layers(model: Any) -> Iterator[Any]:
    """TextVectorization and its like, also inside of other layers; each once."""
    seen = set()
    for layer in leaf_layers(model):
        for inner in layer._flatten_layers():
            if hasattr(inner, "get_vocabulary") and id(inner) not in seen:
                seen.add(id(inner))
                yield inner


def _described(layer: Any) -> Vocabulary:
    try:
        entries = [repr(entry) for entry in layer.get_vocabulary()]
    except Exception:
        # A layer that was not given one yet has none.
        entries = []
    digest = hashlib.sha256("\n".join(entries).encode("utf-8", "surrogatepass")).hexdigest()
    return {"layer": layer.name, "size": len(entries), "digest": digest}
