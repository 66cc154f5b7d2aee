"""The verdict on one model, from what its samples, its graphs and its frame say."""

from __future__ import annotations

from codemod.verdict import ModelVerdict, Tier
from codemod.verify.child.protocol import GraphResult, OriginalModel, RewrittenModel

ORDER_CHANGED = "the order of the weights would change, and so old checkpoints would not load"
GRAPH_TIERS: dict[str, Tier] = {"proved": "proved", "equal-by-rules": "equal-by-rules"}
NOT_PROVED = {
    "different": "the samples give the same, the graphs do not",
    "not compared": "the samples give the same, the graphs cannot be compared",
}


def model_verdict(before: OriginalModel, after: RewrittenModel) -> ModelVerdict:
    """The claim that one rewritten model equals its original under the same Keras."""
    name, line = str(before["name"]), int(before["line"])
    if "missing" in after:
        return ModelVerdict(name=name, line=line, verdict="different", reason=str(after["missing"]))
    if not after["order_kept"] and after.keys().isdisjoint({"difference", "failure"}):
        return ModelVerdict(
            name=name,
            line=line,
            verdict="different",
            reason=ORDER_CHANGED,
            weight_order_kept=False,
        )
    graph = after.get("graph")
    tier: Tier = "bitwise"
    reason = ""
    if before.get("incomplete"):
        tier, reason = "unverified", before["incomplete"]
    elif "failure" in before:
        tier, reason = "unverified", str(before["failure"])
    elif "failure" in after:
        tier, reason = "different", f"the rewritten model does not run: {after['failure']}"
    else:
        found = after["difference"]
        tier, reason = found["tier"], found["reason"]
    is_bitwise = tier == "bitwise" if tier != "unverified" else None
    changed = "; ".join(filter(None, (after.get("changed"), after.get("frame_changed"))))
    if changed and tier not in ("different", "unverified"):
        tier, reason = "different", changed
    elif tier == "bitwise" and graph is not None and graph["decides"]:
        # No sample reached it, or it was rounded away: it is another model all the same.
        tier = "different"
        reason = f"{NOT_PROVED['different']}: {graph['reason']}"
    elif tier == "bitwise" and graph is not None and graph["tier"] in GRAPH_TIERS:
        tier = GRAPH_TIERS[graph["tier"]]
    elif tier == "bitwise" and graph is not None:
        reason = f"{NOT_PROVED[graph['tier']]}: {graph['reason']}"
    elif tier in ("close", "different") and graph is not None:
        reason = _with_graph(reason, graph)
    return ModelVerdict(
        name=name,
        line=line,
        verdict=tier,
        reason=reason,
        proved=None if graph is None or graph["tier"] == "not compared" else tier == "proved",
        bitwise=is_bitwise,
        raw_ops_left=int(after["raw_ops_left"]),
        weight_order_kept=bool(after["order_kept"]),
        graph="" if graph is None else "; ".join(graph["rules"]) or graph["reason"],
    )


def _with_graph(reason: str, graph: GraphResult) -> str:
    """What the graphs say about models that do not give the same."""
    if graph["tier"] == "different":
        return f"{reason}; {graph['reason']}"
    if graph["tier"] == "not compared":
        return reason
    return f"{reason}, although the graphs are {graph['tier']}"
