"""Which files are verified together, and what is run for them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest

from codemod.engine.model_runs import Group, ModelRun, groups_of
from tests.support.table_verifier import Workbench, workbench

HEAD = "import tensorflow as tf\nfrom tensorflow import keras\n"
BLOCK = HEAD + "def block(x):\n    return tf.sin(x)\n"
MODEL = HEAD + "i = keras.Input((4,))\nm = keras.Model(i, tf.cos(i))\n"


def calling(*names: str, own: str = "") -> str:
    """A file that calls the functions ``names`` of the modules of that name, and defines one."""
    imports = "".join(f"from {name} import {name}\n" for name in names)
    calls = "".join(f"    x = {name}(x)\n" for name in names)
    if own:
        return f"{HEAD}{imports}def {own}(x):\n{calls}    return tf.cos(x)\n"
    return f"{HEAD}{imports}def main(x):\n{calls}    return x\nmain(keras.Input((4,)))\n"


def groups(
    folder: Path, builds: Sequence[str] = (), only: Sequence[str] = (), **sources: str
) -> list[tuple[list[str], list[str]]]:
    """The names of the files of each group, and of those that are run for it."""
    bench = workbench(folder, None, **sources)
    paths = [bench.candidates[name].path for name in only or sources]
    return [
        ([path.stem for path in group.paths], [run.entry.stem for run in group.runs])
        for group in groups_of(bench.analysis, paths, builds)
    ]


def test_files_that_do_not_meet_are_apart(tmp_path: Path) -> None:
    assert groups(tmp_path, a=MODEL, b=MODEL) == [(["a"], ["a"]), (["b"], ["b"])]
    assert groups_of(workbench(tmp_path, a=MODEL).analysis, [], ()) == ()


def test_a_helper_belongs_to_the_file_that_calls_it(tmp_path: Path) -> None:
    sources = {"block": BLOCK, "net": calling("block")}
    assert groups(tmp_path, **sources) == [(["block", "net"], ["block", "net"])]
    # What cannot change is run nevertheless, for the sake of what it calls.
    assert groups(tmp_path, only=["block"], **sources) == [(["block"], ["block", "net"])]
    assert groups(tmp_path, only=["net"], **sources) == [(["net"], ["net"])]


def test_helpers_meet_in_the_file_that_calls_both(tmp_path: Path) -> None:
    other = BLOCK.replace("block", "other")
    sources = {"block": BLOCK, "other": other, "net": calling("block", "other"), "lone": MODEL}
    assert groups(tmp_path, only=["block", "lone", "other"], **sources) == [
        (["lone"], ["lone"]),
        (["block", "other"], ["block", "other", "net"]),
    ]


def test_callers_of_callers_are_run_last(tmp_path: Path) -> None:
    sources = {
        "block": BLOCK,
        "net": calling("stage"),
        "stage": calling("block", own="stage"),
    }
    assert groups(tmp_path, only=["block"], **sources) == [(["block"], ["block", "stage", "net"])]


@pytest.mark.parametrize("order", [*permutations(["block", "other", "third"])], ids=" ".join)
def test_files_that_a_third_brings_together_are_one_group(
    order: tuple[str, ...], tmp_path: Path
) -> None:
    other = BLOCK.replace("block", "other")
    third = BLOCK.replace("block", "third")
    sources = {
        "block": BLOCK,
        "other": other,
        "third": third,
        "left": calling("block", "other"),
        "right": calling("other", "third"),
    }
    ((members, runs),) = groups(tmp_path, only=order, **sources)
    assert sorted(members) == ["block", "other", "third"]
    assert sorted(runs[:3]) == sorted(members)
    assert sorted(runs[3:]) == ["left", "right"]


def test_files_that_call_each_other_are_run_once(tmp_path: Path) -> None:
    left = HEAD + "def left(x):\n    from right import right\n    return right(tf.sin(x))\n"
    right = HEAD + "def right(x):\n    from left import left\n    return left(tf.cos(x))\n"
    main = MODEL + "from left import left\nleft(i)\n"
    ((members, runs),) = groups(tmp_path, left=left, right=right, main=main)
    assert sorted(members) == ["left", "main", "right"]
    assert sorted(runs) == ["left", "main", "right"]


NET = HEAD + "def net(n):\n    return n\nclass Maker:\n    pass\nsize = 3\n"


@pytest.mark.parametrize(
    ("build", "entry"),
    [
        ("net(4)", "b"),
        ("net (4)", "b"),
        ("net((4))", "b"),
        ("net.make(4)", "b"),
        ("size.real", "b"),
        ("Maker()", "b"),
        ("other(4)", "a"),
        ("pkg.b:net(4)", "a"),
        ("b:net(4)", "b"),
    ],
)
def test_a_build_is_run_where_its_name_is_defined(build: str, entry: str, tmp_path: Path) -> None:
    bench = workbench(tmp_path, a=MODEL, b=NET)
    paths = [candidate.path for candidate in bench.candidates.values()]
    expected = Group(tuple(paths), (ModelRun(bench.candidates[entry].path, build),))
    assert groups_of(bench.analysis, paths, [build], captures=False) == (expected,)


def test_builds_alone_put_all_files_into_one_group(tmp_path: Path) -> None:
    bench = workbench(tmp_path, a=MODEL, b=NET)
    paths = [candidate.path for candidate in bench.candidates.values()]
    (group,) = groups_of(bench.analysis, paths, ["net(1)", "nothing()"], captures=False)
    assert group.paths == tuple(paths)
    assert [(run.entry.stem, run.builds) for run in group.runs] == [
        ("b", ("net(1)",)),
        ("a", ("nothing()",)),
    ]
    assert ModelRun(paths[0]).builds == ()


def runs_by_group(
    bench: Workbench, *builds: str, only: Sequence[str] = ()
) -> list[tuple[list[str], list[tuple[str, str | None]]]]:
    given = [candidate.path for candidate in bench.candidates.values()]
    paths = [bench.candidates[name].path for name in only or bench.candidates]
    return [
        (
            [path.stem for path in group.paths],
            [(run.entry.stem, run.build) for run in group.runs],
        )
        for group in groups_of(bench.analysis, paths, builds, given)
    ]


def test_a_build_adds_to_what_the_files_make(tmp_path: Path) -> None:
    bench = workbench(tmp_path, a=MODEL, b=NET, lone=MODEL)
    assert runs_by_group(bench, "net(1)") == [
        (["a"], [("a", None)]),
        (["b"], [("b", "net(1)"), ("b", None)]),
        (["lone"], [("lone", None)]),
    ]


def test_a_build_without_a_module_is_run_in_each_file_that_defines_it(tmp_path: Path) -> None:
    bench = workbench(tmp_path, a=MODEL, b=NET, c=NET)
    runs = [run for _, runs in runs_by_group(bench, "net(1)") for run in runs]
    assert [run for run in runs if run[1]] == [("b", "net(1)"), ("c", "net(1)")]


def test_a_build_is_run_where_the_analysis_finds_nothing_to_verify(tmp_path: Path) -> None:
    bench = workbench(tmp_path, a=MODEL, b=NET)
    assert runs_by_group(bench, "net(1)", only=["a"]) == [
        (["a"], [("a", None)]),
        (["b"], [("b", "net(1)"), ("b", None)]),
    ]


def test_a_build_brings_the_files_together_that_it_imports(tmp_path: Path) -> None:
    other = BLOCK.replace("block", "other")
    hidden = "import other\nimport block\n" + NET  # Nothing of them is called in sight.
    bench = workbench(tmp_path, block=BLOCK, other=other, net=hidden, lone=MODEL)
    (lone, together) = sorted(runs_by_group(bench, "net:net(1)"), key=lambda group: len(group[0]))
    assert lone == (["lone"], [("lone", None)])
    assert sorted(together[0]) == ["block", "net", "other"]
    assert together[1][0] == ("net", "net:net(1)")


def test_a_build_of_an_unknown_module_may_run_any_file(tmp_path: Path) -> None:
    bench = workbench(tmp_path, a=MODEL, b=NET)
    ((members, runs),) = runs_by_group(bench, "elsewhere:net(1)")
    assert members == ["a", "b"]
    assert runs[0] == ("a", "elsewhere:net(1)")
