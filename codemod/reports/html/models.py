"""What is claimed of the models of a file, what it assumes, and their graphs."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path

from codemod.limits import LAYERS_DRAWN
from codemod.reports.html.markup import Markup, data, element, prose
from codemod.reports.html.tones import badge, tone_of_claim, tone_of_port
from codemod.reports.places import Places
from codemod.reports.words import claim_state, model_notes, number, unproved_claims
from codemod.results import FileResult
from codemod.verdict import LayerGraphs, LayerNode, ModelVerdict, Place, Verdict
from transforms.syntax.records import Site

MARKS = {
    "replaced": "raw op, rewritten",
    "kept": "raw op, stays",
    "raw": "raw op",
    "new": "new layer",
    "": "",
}
NEAR = 2
"""How far around a marked layer a graph is drawn that is too large for the whole of it."""


SitesByPath = Mapping[Path, Sequence[Site]]


def model_table(result: FileResult) -> Markup | None:
    """A row for each model with its claims under both Keras and between them."""
    verdict = result.verdict
    if verdict is None or not verdict.models:
        return None
    heads = ["Model", *_claim_names(verdict)]
    rows = [
        element("tr", [element("th", _title(model, result), scope="row"), *_claims(model, verdict)])
        for model in verdict.models
    ]
    head = element("tr", [element("th", name, scope="col") for name in heads])
    table = element("table", element("thead", head), element("tbody", rows))
    heading = element("h3", "Models ", element("span", str(len(verdict.models)), class_="count"))
    return element("section", heading, _scroll(table, f"Models of {result.path}"), _notes(verdict))


def assumptions(verdict: Verdict) -> Markup | None:
    """What the verdict takes for granted, folded."""
    texts = [*verdict.assumptions]
    if verdict.kept_by:
        texts.append(f"no file is changed, because of: {verdict.kept_by}")
    if not texts:
        return None
    summary = element("summary", f"What this assumes ({len(texts)})")
    items = element("ul", [element("li", prose(text)) for text in texts])
    return element("details", summary, items, class_="assumptions")


def graph_of(model: ModelVerdict, sites: SitesByPath, is_open: bool) -> Markup | None:
    """The layers of a model before and after, drawn by the page, and the same as tables."""
    if model.layers is None:
        return None
    before, after = marked(model.layers, sites)
    sides = (("Before", before), ("After", after))
    counts = [f"{number(len(nodes), 'layer')} {name.lower()}" for name, nodes in sides]
    summary = element(
        "summary", f"Graph of {model.name}", element("span", ", ".join(counts), class_="count")
    )
    drawn = {name.lower(): _bounded(nodes) for name, nodes in sides}
    panels = [
        element(
            "div",
            element("p", name, _drawn_part(nodes), class_="side-name"),
            element(
                "div",
                class_="canvas",
                data_side=name.lower(),
                tabindex=0,
                role="img",
                aria_label=f"{name}: {_summed_up(nodes)}. The table below has the same.",
            ),
            class_="panel",
        )
        for name, nodes in sides
    ]
    tables = element(
        "details",
        element("summary", "The same as tables"),
        element(
            "div", [_layer_table(model.name, name, nodes) for name, nodes in sides], class_="tables"
        ),
    )
    figure = element("figure", data(drawn), element("div", panels, class_="panels"), class_="graph")
    return element("details", summary, figure, tables, class_="model", open=is_open)


MarkedNode = tuple[LayerNode, str]


def marked(graphs: LayerGraphs, sites: SitesByPath) -> tuple[list[MarkedNode], list[MarkedNode]]:
    """The layers of both sides with what the rewrite means for each."""
    names = {(node.name, node.kind) for node in graphs.before if not node.is_raw}
    before_by_op, after_by_op = _raw_ops(graphs.before), _raw_ops(graphs.after)

    def before(node: LayerNode) -> str:
        place, op = node.place, _op(node)
        if not node.is_raw:
            return ""
        if place is not None and place.path in sites:
            return "replaced" if _is_at(place, sites[place.path]) else "kept"
        # Of a rewrite by hand nobody says which is which.
        if after_by_op[op] in (0, before_by_op[op]):
            return "kept" if after_by_op[op] else "replaced"
        return "raw"

    def after(node: LayerNode) -> str:
        if node.is_raw:
            return "kept"
        return "" if (node.name, node.kind) in names else "new"

    return (
        [(node, before(node)) for node in graphs.before],
        [(node, after(node)) for node in graphs.after],
    )


def _raw_ops(nodes: Iterable[LayerNode]) -> Counter[str]:
    return Counter(_op(node) for node in nodes if node.is_raw)


def _op(node: LayerNode) -> str:
    """The name of a raw op's layer without the number that Keras gives to the second one."""
    return re.sub(r"_\d+$", "", node.name)


def _is_at(place: Place, sites: Sequence[Site]) -> bool:
    for site in sites:
        start = (site.span.line, site.span.column)
        end = (site.span.end_line, site.span.end_column)
        at, until = (place.line, place.column), (place.end_line, place.end_column)
        is_inside = start <= at and until <= end
        if is_inside or (place.column < 0 and start[0] <= place.line <= end[0]):
            return True
    return False


def rewritten_sites(results: Iterable[FileResult]) -> SitesByPath:
    """The raw expressions that were rewritten, or would be, by the file."""
    return {
        Path(os.path.abspath(result.path)): [
            site for site in result.sites if site.status in ("rewritten", "rewritable")
        ]
        for result in results
    }


def _bounded(nodes: Sequence[MarkedNode]) -> list[dict[str, object]]:
    """The nodes as the page draws them; of very many those that are near a marked one."""
    kept: Set[int] = set(range(len(nodes)))
    if len(nodes) > LAYERS_DRAWN:
        kept = _near(nodes) or kept
    numbers = {place: number for number, place in enumerate(sorted(kept)[:LAYERS_DRAWN])}
    return [
        {
            "name": nodes[place][0].name,
            "kind": nodes[place][0].kind,
            "inputs": [numbers[other] for other in nodes[place][0].inputs if other in numbers],
            "outputs": _outputs(nodes[place][0]),
            "mark": nodes[place][1],
            "tag": MARKS[nodes[place][1]],
        }
        for place in numbers
    ]


def _drawn_part(nodes: Sequence[MarkedNode]) -> str:
    return ", near what has changed" if len(nodes) > LAYERS_DRAWN else ""


def _near(nodes: Sequence[MarkedNode]) -> Set[int]:
    near = {place for place, (_, mark) in enumerate(nodes) if mark}
    for _ in range(NEAR):
        before = {other for place in near for other in nodes[place][0].inputs}
        after = {place for place, (node, _) in enumerate(nodes) if not near.isdisjoint(node.inputs)}
        near |= before | after
    return near


def _outputs(node: LayerNode) -> str:
    first = node.outputs[0].removesuffix(" float32") if node.outputs else ""
    return f"{first} and {len(node.outputs) - 1} more" if node.outputs[1:] else first


def _summed_up(nodes: Sequence[MarkedNode]) -> str:
    marks = [MARKS[mark] for _, mark in nodes if mark]
    counted = [f'{marks.count(words)} "{words}"' for words in dict.fromkeys(marks)]
    return ", ".join([number(len(nodes), "layer"), *counted])


def _layer_table(model: str, name: str, nodes: Sequence[MarkedNode]) -> Markup:
    shown = nodes[:LAYERS_DRAWN]
    rows = [
        element(
            "tr",
            element("th", node.name, scope="row"),
            element("td", node.kind),
            element("td", ", ".join(nodes[place][0].name for place in node.inputs)),
            element("td", _outputs(node)),
            element("td", MARKS[mark]),
            class_=mark or None,
        )
        for node, mark in shown
    ]
    heads = ("Layer", "Class", "Takes", "Gives", "")
    head = element("tr", [element("th", text, scope="col") for text in heads])
    caption = f"{name}: {_summed_up(nodes)}"
    if nodes[LAYERS_DRAWN:]:
        caption += f" (the first {LAYERS_DRAWN} are here)"
    table = element(
        "table", element("caption", caption), element("thead", head), element("tbody", rows)
    )
    return _scroll(table, f"{model}, {caption}")


def _scroll(table: Markup, name: str) -> Markup:
    """A table in a place of its own that scrolls, also by keyboard."""
    return element("div", table, class_="scroll", tabindex=0, role="region", aria_label=name)


def _claim_names(verdict: Verdict) -> list[str]:
    return ["Keras 3 alone"] if verdict.generation == 3 else ["Keras 2", "Keras 3", "Port 2 → 3"]


def _claims(model: ModelVerdict, verdict: Verdict) -> list[Markup]:
    claims = [badge(model.verdict, tone_of_claim(model.verdict))]
    if verdict.generation == 2:
        keras3, port = claim_state(model.keras3), claim_state(model.port)
        claims += [badge(keras3, tone_of_claim(keras3)), badge(port, tone_of_port(port))]
    return [element("td", claim) for claim in claims]


def _title(model: ModelVerdict, result: FileResult) -> list[Markup]:
    where = [Places(result).words(model.line)] if model.line else []
    where += [f"built by {model.build}"] * bool(model.build)
    title = [element("code", model.name)]
    return [*title, element("span", " ", "; ".join(where), class_="place")] if where else title


def _notes(verdict: Verdict) -> Markup | None:
    notes = dict.fromkeys(
        (element("code", model.name), text)
        for model in verdict.models
        for text in _texts(model, verdict)
    )
    if not notes:
        return None
    return element(
        "ul", [element("li", name, ": ", prose(text)) for name, text in notes], class_="notes"
    )


def _texts(model: ModelVerdict, verdict: Verdict) -> Iterator[str]:
    text = model_notes(model, verdict)
    if text and text != model.verdict:
        yield text
    yield from unproved_claims(model, verdict) if verdict.generation == 2 else ()
