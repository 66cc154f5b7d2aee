"""Models of the symbolic tensors that a run leaves in no model: without one nothing compares them.

Tensors of the same inputs share a model, so that a network which they stand on is run once. The
rewritten source leaves its tensors by the same statements, so these say which are which.
"""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, replace
from typing import (
    Any,
    Callable,
    Dict,
    Iterator,
    List,
    Optional,
    Sequence,
    Set,
    Tuple,
)

from ..layers import leaf_layers
from ..limits import LOOSE_MODELS, LOOSE_TENSORS
from ..protocol import LOOSE, LooseTensors
from .captured import Capture, CapturedModel
from .loose_tensors import inputs_behind, loose_ends, made_by, owner_of, taken_by, watched_nodes
from .made_at import Frames, Place, frames_of
from .raw_ops import MadeOp, is_inside, user_frame


@dataclass(frozen=True)
class MadeNode:
    """A node of the graph of layers, and where the user's code made it."""

    node: Any
    frames: Frames
    builder: str


@dataclass(frozen=True)
class Part:
    """Nodes in no model that belong together, and the tensors at their ends.

    ``place`` is where the last of them was made, and how many parts were made there before.
    """

    nodes: List[MadeNode]
    ends: List[Any]
    place: Tuple[Place, int]

    @property
    def made(self) -> MadeNode:
        """The last of the nodes."""
        return self.nodes[-1]


class LooseModels:
    """Watches what is made, and makes models of what is left.

    The ``reference`` tells what an original has left; without one it is what raw ops make, but for
    those of ``dead`` expressions.
    """

    def __init__(
        self,
        keras: Any,
        sources: Dict[str, bytes],
        place: Callable[[Frames], Place],
        reference: Optional[Sequence[LooseTensors]],
        dead: Dict[str, List[List[int]]],
    ) -> None:
        self._keras = keras
        self._sources = sources
        self._place = place
        self._reference = reference
        self._dead = dead
        self.made: List[MadeNode] = []
        """The nodes that were made since one watches."""
        self._places: Set[Tuple[object, ...]] = set()
        self.built: List[Any] = []
        """All models that were made, whoever made them."""
        self.found: List[LooseTensors] = []

    @contextlib.contextmanager
    def leaving(self, result: Capture, raw_ops: List[MadeOp], variant: str = "") -> Iterator[None]:
        """Add models of what is left meanwhile to ``result``; their ``raw_ops`` say so.

        A ``variant`` has those of places that were found before. Code that fails before it has made
        any model leaves nothing: what was to become of its tensors is not known.
        """
        self.made.clear()
        with watched_nodes(self._keras, self._note):
            yield
        if result.models or not result.failures:
            self._add_to(result, raw_ops, variant)

    def _note(self, node: Any) -> None:
        frame = user_frame(sys._getframe(1), self._sources)
        builder = "" if frame is None else str(frame.f_code.co_name)
        self.made.append(MadeNode(node, frames_of(frame, self._sources), builder))

    def _add_to(self, result: Capture, raw_ops: List[MadeOp], variant: str) -> None:
        held = {id(layer) for item in result.models for layer in leaf_layers(item.model)}
        # What a model shows at one time needs none at another.
        shown = {_place_of(op) for op in raw_ops if id(op.made) in held}
        free_ops = [op for op in raw_ops if not self._is_dead(op)]
        loose = {id(op.made): op for op in free_ops if _place_of(op) not in shown}
        if variant:
            loose = {key: op for key, op in loose.items() if _place_of(op) in self._places}
        if self._reference is None and not loose:
            return
        in_models = {id(node) for model in self.built for node in _nodes_of(model)}
        free = [one for one in self.made if id(one.node) not in in_models]
        parts = self._parts(free)
        for group in self._wanted(parts, loose, variant):
            model = model_of_loose_tensors(
                self._keras, [end for part in group for end in part.ends]
            )
            if model is None:
                continue
            made = group[-1].made
            line = made.frames[-1][1] if made.frames else 0
            captured = CapturedModel(model, LOOSE, line, made.builder, variant, frames=made.frames)
            captured.is_loose = True
            result.models.append(captured)
            self.found.append(
                {"variant": variant, "places": [_as_json(part.place) for part in group]}
            )
            own = {id(layer) for layer in leaf_layers(model)} & set(loose)
            self._places.update(_place_of(loose[key]) for key in own)
            raw_ops[:] = [
                replace(op, in_block=True) if id(op.made) in own else op for op in raw_ops
            ]

    def _is_dead(self, op: MadeOp) -> bool:
        return any(is_inside(op, *span) for span in self._dead.get(op.path, ()))

    def _parts(self, free: Sequence[MadeNode]) -> List[Part]:
        """What ``free`` nodes make up, in the order in which the last node of each was made."""
        number: Dict[int, int] = {}
        """By tensor, that of the group of nodes which it belongs to."""
        groups: Dict[int, List[MadeNode]] = {}
        for index, one in enumerate(free):
            joined = {number[id(tensor)] for tensor in taken_by(one.node) if id(tensor) in number}
            nodes = [node for key in sorted(joined) for node in groups.pop(key)]
            groups[index] = [*nodes, one]
            for node in groups[index]:
                number.update((id(tensor), index) for tensor in made_by(node.node))
        parts: List[Part] = []
        before: Dict[str, int] = {}
        for nodes in groups.values():
            ends = loose_ends([one.node for one in nodes])
            if not ends:
                continue
            place = self._place(nodes[-1].frames)
            count = before[str(place)] = before.get(str(place), -1) + 1
            parts.append(Part(nodes, ends, (place, count)))
        return parts

    def _wanted(
        self, parts: Sequence[Part], loose: Dict[int, MadeOp], variant: str
    ) -> Iterator[List[Part]]:
        """The parts of each model."""
        if self._reference is not None:
            by_place = {str(_as_json(part.place)): part for part in parts}
            for one in self._reference:
                keys = [str(place) for place in one["places"] if one["variant"] == variant]
                found = [by_place[key] for key in keys if key in by_place]
                if found:
                    yield found
            return
        groups: Dict[Tuple[int, ...], List[Part]] = {}
        for part in parts:
            tensors = part.ends
            if _layers_behind(part) & set(loose):
                key = tuple(id(tensor) for tensor in inputs_behind(tensors))
                groups.setdefault(key, []).append(part)
        for group in list(groups.values())[:LOOSE_MODELS]:
            yield group[:LOOSE_TENSORS]


def model_of_loose_tensors(keras: Any, tensors: List[Any]) -> Optional[Any]:
    """A model of ``tensors``; None where there can be none."""
    # What has no inputs of a model, or one that is of another graph, ends in none.
    with contextlib.suppress(Exception):
        return keras.Model(inputs_behind(tensors), tensors, name=LOOSE)
    return None


def _layers_behind(part: Part) -> Set[int]:
    return {id(owner_of(tensor)) for one in part.nodes for tensor in made_by(one.node)}


def _nodes_of(model: Any) -> Iterator[Any]:
    """The nodes of ``model``; none where it has not been built."""
    for nodes in getattr(model, "_nodes_by_depth", {}).values():
        yield from nodes


def _place_of(op: MadeOp) -> Tuple[object, ...]:
    return op.path, op.line, op.column, op.end_line, op.end_column


def _as_json(place: Tuple[Place, int]) -> List[object]:
    statements, count = place
    return [[list(one) for one in statements], count]
