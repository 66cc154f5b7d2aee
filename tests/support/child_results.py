"""Results as children send them, for tests that run no child."""

from __future__ import annotations

from typing import Literal

from codemod.verify.child.protocol import GraphResult, GraphTier, OriginalModel, RewrittenModel


def original_model(name: str = "m") -> OriginalModel:
    """A model of the original that runs."""
    return {"name": name, "line": 3, "builder": "", "inputs": [], "order": [], "raw_ops_left": 1}


def rewritten_model(
    tier: Literal["bitwise", "close", "different"] = "bitwise",
    graph: GraphTier | None = "proved",
    decides: bool = False,
    reason: str = "",
) -> RewrittenModel:
    """A rewritten model with what its samples and its graphs say."""
    model: RewrittenModel = {
        "name": "m",
        "line": 5,
        "order_kept": True,
        "raw_ops_left": 0,
        "difference": {"tier": tier, "ulp": 3 if tier == "close" else 0, "reason": reason},
    }
    if graph is not None:
        result: GraphResult = {
            "tier": graph,
            "rules": ["a rule"] if graph == "equal-by-rules" else [],
            "reason": "`Sum`: axis is 2" if graph == "different" else "",
            "assumptions": ["paired by name"],
            "decides": decides,
        }
        model["graph"] = result
    return model
