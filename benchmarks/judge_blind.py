"""Generated code beside code that was written by hand, for a judge who is not told which is which.

``python -m benchmarks.judge_blind --packages DIR --pairs FILE`` writes pairs A and B, in an order
that a seed decides: the new classes, and the lines of the function that change, formatted alike.
DIR holds the packages of the corpus, a folder each. The versions by hand stand in
``benchmarks/blind_pairs``, or in the folder that ``--hand`` names (the order there is that of
``--seed``); of the packages, these hold the changed lines alone. ``--key FILE`` says whose side A
is. The judge writes a file of lines ``NUMBER VERDICT REASON``, the verdict ``A``, ``B`` or ``tie``,
and ``--verdicts FILE --markdown FILE`` writes what came of it.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import random
import re
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from codemod.engine.planned import planned_result
from codemod.files.sources import stdin_file
from transforms.interpret.symbolic import Analysis, analyse
from transforms.plan.fitting import fitting_plan
from transforms.plan.settings import PlanSettings
from transforms.syntax.source_text import read_source_text

ROOT = Path(__file__).parents[1]
HAND = Path(__file__).with_name("blind_pairs")
SEED = 15
# Long enough for the lines of all packages; the same for both sides.
LINE_LENGTH = 100
CONTEXT = 1
HEADER = """\
# Pairs of rewrites

Each pair: a place in the source, and two rewrites of it, A and B, as new classes and the changed
lines. Both are in a neutral form: `@register` registers a class for saving, `UncastLayer` is a
layer that does not cast its inputs (`autocast=False`). Which would you rather merge?
"""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A function whose ops were rewritten by hand: new classes, and what of its text changes."""

    number: str
    source: str
    function: str
    classes: str
    changes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A place, and its two sides in a neutral form; ``first`` says whose side is A."""

    place: Place
    hand: str
    tool: str
    first: str

    def sides(self) -> tuple[str, str]:
        """The texts of A and B."""
        return (self.hand, self.tool) if self.first == "hand" else (self.tool, self.hand)


def read_place(path: Path) -> Place:
    """What was written by hand for one place."""
    head, *parts = re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    fields = dict(line.split(": ", 1) for line in head.strip().splitlines())
    classes = ""
    olds: list[str] = []
    news: list[str] = []
    for part in parts:
        kind, _, text = part.partition("\n")
        if kind == "classes":
            classes = text
        else:
            (olds if kind == "replace" else news).append(text.rstrip("\n"))
    return Place(
        number=path.name[:2],
        source=fields["source"],
        function=fields["function"],
        classes=classes,
        changes=tuple(zip(olds, news, strict=True)),
    )


def pairs(
    packages: Path, numbers: Sequence[str] = (), hand: Path = HAND, seed: int = SEED
) -> Iterator[Pair]:
    """All pairs, or those of the numbers given."""
    order = random.Random(seed)
    for path in sorted(hand.glob("*.txt")):
        first = order.choice(("hand", "tool"))
        place = read_place(path)
        if numbers and place.number not in numbers:
            continue
        root = ROOT if place.source.startswith("fixtures/") else packages
        source = (root / place.source).read_text(encoding="utf-8")
        before = _function(source, place.function)
        by_hand = before
        for old, new in place.changes:
            if old not in by_hand:
                raise SystemExit(f"{path.name}: not in {place.function}: {old}")
            by_hand = by_hand.replace(old, new)
        rewritten = _rewritten(root / place.source, root)
        after = _function(rewritten, place.function)
        yield Pair(
            place=place,
            hand=_neutral(place.classes, before, by_hand),
            tool=_neutral(_new_classes(source, rewritten, after), before, after),
            first=first,
        )


def _function(source: str, path: str) -> str:
    """The text of a function, by its name and those of its classes."""
    node: ast.AST = ast.parse(source)
    for name in path.split("."):
        node = next(
            part
            for part in ast.walk(node)
            if isinstance(part, (ast.FunctionDef, ast.ClassDef)) and part.name == name
        )
    assert isinstance(node, ast.FunctionDef)
    lines = source.splitlines()[node.lineno - 1 : node.end_lineno]
    return textwrap.dedent("\n".join(lines)) + "\n"


@cache
def _analysis(folder: Path) -> tuple[Analysis, Mapping[Path, bytes]]:
    sources = {path: path.read_bytes() for path in sorted(folder.rglob("*.py"))}
    sources = {
        path: source for path, source in sources.items() if not path.name.startswith("after_")
    }
    return analyse(sources, [*sources]), sources


def _rewritten(path: Path, root: Path) -> str:
    """The plan that verification is asked about first."""
    depth = 2 if root == ROOT else 1
    folder = root.joinpath(*path.relative_to(root).parts[:depth])
    analysis, sources = _analysis(folder)
    source = sources[path]
    text = read_source_text(source)
    settings = PlanSettings(target="layer", operators="keep", granularity="run")
    rewriting = fitting_plan(analysis, analysis.modules[path], source, text, settings)
    return planned_result(stdin_file(path), source, rewriting).rewritten.decode()


def _new_classes(source: str, rewritten: str, function: str) -> str:
    """The text of the classes that ``function`` uses and that ``source`` does not have."""
    old = {node.name for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}
    lines = rewritten.splitlines()
    new = {
        node.name: "\n".join(lines[node.decorator_list[0].lineno - 1 : node.end_lineno])
        for node in ast.parse(rewritten).body
        if isinstance(node, ast.ClassDef) and node.name not in old and node.decorator_list
    }
    return "\n\n\n".join(text for name, text in new.items() if re.search(rf"\b{name}\b", function))


def _neutral(classes: str, before: str, after: str) -> str:
    """Classes without what all have in common, and the lines that change."""
    classes = re.sub(r"@\S*register_keras_serializable\(.*?\)$", "@register", classes, flags=re.M)
    classes = re.sub(r"\([\w.]*\bLayer\):$", "(UncastLayer):", classes, flags=re.M)
    classes = classes.replace("autocast=False, ", "").replace("``", "`")
    empty = r" +def __init__\(self, \*\*kwargs\):\n +super\(\).__init__\(\*\*kwargs\)\n\n?"
    classes = re.sub(empty, "", classes)
    old, new = (_formatted(text).splitlines() for text in (before, after))
    changed = [*difflib.unified_diff(old, new, n=CONTEXT, lineterm="")][2:]
    lines = ["..." if line.startswith("@@") else line for line in changed]
    return f"{_formatted(classes)}\n{chr(10).join(lines)}\n".strip("\n")


def _formatted(source: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--isolated"]
    command += ["--line-length", str(LINE_LENGTH), "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    return done.stdout


def shown(pair: Pair, names: Sequence[str] = "AB") -> str:
    """One pair as Markdown, its sides under ``names``."""
    place = pair.place
    sides = [
        f"{name}\n\n```diff\n{text}\n```" for name, text in zip(names, pair.sides(), strict=True)
    ]
    return "\n\n".join([f"## {place.number} `{place.function}` of {place.source}", *sides]) + "\n"


def read_verdicts(path: Path) -> dict[str, tuple[str, str]]:
    """What was judged: ``A``, ``B`` or ``tie``, and why, by the number of the pair."""
    verdicts: dict[str, tuple[str, str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        number, verdict, reason = [*line.split(maxsplit=2), "", ""][:3]
        if verdict not in {"A", "B", "tie"}:
            raise SystemExit(f"{path}: {line}: not A, B or tie")
        verdicts[number] = (verdict, reason)
    return verdicts


def result_of(pair: Pair, verdict: str) -> str:
    """``won``, ``tie`` or ``lost``, from the side of the generated code."""
    if verdict == "tie":
        return "tie"
    return "lost" if (verdict == "A") == (pair.first == "hand") else "won"


def table(judged: Sequence[Pair], verdicts: Mapping[str, tuple[str, str]]) -> str:
    """The verdicts as a table, and how many of each there are."""
    rows = []
    for pair in judged:
        verdict, reason = verdicts[pair.place.number]
        result = result_of(pair, verdict)
        place = f"{pair.place.number} | {pair.place.source} | `{pair.place.function}`"
        rows.append((result, f"| {place} | {result} | {reason} |"))
    counts = Counter(result for result, _ in rows)
    told = ", ".join(f"{counts[result]} {result}" for result in ("won", "tie", "lost"))
    head = "| # | file | function | generated code | reason |\n|---|---|---|---|---|\n"
    return f"{told}.\n\n{head}" + "\n".join(row for _, row in rows) + "\n"


def page(judged: Sequence[Pair], verdicts: Mapping[str, tuple[str, str]]) -> str:
    """The table of verdicts and all pairs, each side under the name of who wrote it."""
    told = [table(judged, verdicts)]
    for pair in judged:
        names = ("By hand", "Generated")
        told.append(shown(pair, names if pair.first == "hand" else names[::-1]))
    return "\n".join(told)


def main() -> None:
    """Write the pairs, or what was judged of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", type=Path, required=True, help="the corpus, unpacked")
    parser.add_argument("--pairs", type=Path, help="write the pairs here")
    parser.add_argument("--hand", type=Path, default=HAND, help="the versions by hand")
    parser.add_argument("--seed", type=int, default=SEED, help="chooses whose side is A")
    parser.add_argument("--key", type=Path, help="write here whose side A is")
    parser.add_argument("--verdicts", type=Path, help="what was judged")
    parser.add_argument("--markdown", type=Path, help="write the verdicts and the pairs here")
    parser.add_argument("numbers", nargs="*", help="these pairs alone")
    options = parser.parse_args()
    made = [*pairs(options.packages, options.numbers, options.hand, options.seed)]
    if options.key:
        options.key.write_text("".join(f"{pair.place.number} {pair.first}\n" for pair in made))
    if options.pairs:
        options.pairs.write_text("\n".join([HEADER, *(shown(pair) for pair in made)]))
    if options.verdicts:
        verdicts = read_verdicts(options.verdicts)
        if options.markdown:
            options.markdown.write_text(page(made, verdicts))
        print(table(made, verdicts))


if __name__ == "__main__":
    main()
