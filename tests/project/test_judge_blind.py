"""Pairs of rewrites for a judge who is not told which side wrote which."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.judge_blind import (
    HAND,
    Pair,
    page,
    pairs,
    read_place,
    read_verdicts,
    result_of,
    shown,
    table,
)

MARKED = ("autocast", "register_keras_serializable", "package=")


def test_places_by_hand_can_be_read() -> None:
    places = [read_place(path) for path in sorted(HAND.glob("*.txt"))]
    assert [place.number for place in places] == [f"{number:02}" for number in range(1, 41)]
    assert sum(place.source.startswith("fixtures/") for place in places) == 20
    assert all(place.changes for place in places)


@pytest.fixture(scope="module")
def two_pairs(tmp_path_factory: pytest.TempPathFactory) -> list[Pair]:
    return [*pairs(tmp_path_factory.mktemp("packages"), ("33", "35"))]


def test_both_sides_of_a_pair_have_one_form(two_pairs: list[Pair]) -> None:
    found = {pair.place.number: pair for pair in two_pairs}
    same, gated = found["33"], found["35"]
    # What is the same is the same text.
    assert same.hand == same.tool
    for text in gated.sides():
        assert "(UncastLayer):" in text
        assert not any(word in text for word in MARKED)
    assert "+    return GatedLinearUnit()(x)" in shown(gated)


def test_verdicts_are_those_of_the_generated_code(two_pairs: list[Pair], tmp_path: Path) -> None:
    file = tmp_path / "verdicts.txt"
    judged = two_pairs
    other = {"hand": "B", "tool": "A"}[judged[1].first]
    file.write_text(f"33 tie they are the same\n35 {other} a shorter name\n")
    verdicts = read_verdicts(file)
    assert [result_of(pair, verdicts[pair.place.number][0]) for pair in judged] == ["tie", "won"]
    assert table(judged, verdicts).startswith("1 won, 1 tie, 0 lost.")
    told = page(judged, verdicts)
    by_hand, generated = told.index("gated by the sigmoid"), told.index("weighted by the sigmoid")
    start = told.rindex("## 35")
    assert told.rindex("By hand", 0, by_hand) > start
    assert told.rindex("Generated", 0, generated) > start
    file.write_text("33 better\n")
    with pytest.raises(SystemExit, match="not A, B or tie"):
        read_verdicts(file)
