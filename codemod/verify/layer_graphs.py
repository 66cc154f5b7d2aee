"""The graphs of a model's layers before and after, with the source of each raw op."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from codemod.verdict import LayerGraphs, LayerNode, Place
from codemod.verify.child.protocol import (
    DescribedModel,
    OriginalResult,
    RewrittenResult,
    SideResult,
)


def layer_graphs(
    original: OriginalResult, rewritten: RewrittenResult, index: int
) -> LayerGraphs | None:
    """The graphs of the model number ``index``, where both sides were asked for them."""
    before = _nodes(original, original["models"][index], index)
    after = _nodes(rewritten, rewritten["models"][index], index)
    return LayerGraphs(before=before, after=after) if before and after else None


def _nodes(side: SideResult, model: DescribedModel, index: int) -> tuple[LayerNode, ...]:
    places = _places(side, index)
    return tuple(
        LayerNode(
            name=call["name"],
            kind=call["kind"],
            inputs=tuple(call["inputs"]),
            outputs=tuple(call["outputs"]),
            is_raw=call["is_raw"],
            place=places.get(call["name"]) if call["is_raw"] else None,
        )
        for call in model.get("layers", ())
    )


def _places(side: SideResult, index: int) -> Mapping[str, Place]:
    """Where the source applies the raw ops of a model, by the names of their layers."""
    return {
        item["layer"]: Place(
            path=Path(item["path"]),
            line=item["line"],
            end_line=item["end_line"],
            column=item["column"],
            end_column=item["end_column"],
        )
        for item in side.get("raw_ops", ())
        if index in item["models"]
    }
