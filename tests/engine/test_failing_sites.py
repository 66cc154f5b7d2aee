"""The search for the sites whose rewrite makes a verification fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from codemod.engine.candidates import Decisions
from codemod.engine.failing_sites import failing_sites
from codemod.engine.model_runs import ModelRun
from codemod.verdict import Verdict
from codemod.verify.records import VerifyRequest
from tests.support.table_verifier import TableVerifier, Workbench, raw_ops, verdict, workbench
from transforms.sites import refusals

HEAD = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

i = keras.Input((4,))
"""
DENSE = "x = layers.Dense(4)(x)\n"
FOUR = HEAD + "x = tf.sin(i)\n" + DENSE + "x = tf.cos(x)\n" + DENSE + "x = tf.tan(x)\n" + DENSE
FOUR += "x = tf.exp(x)\nm = keras.Model(i, x)\n"
# Two layers of several ops, of which the second stands in two statements, and one of one op.
RUNS = HEAD + "x = tf.sin(tf.abs(i))\n" + DENSE + "x = tf.cos(x)\nx = tf.tan(x)\n" + DENSE
RUNS += "x = tf.exp(x)\nm = keras.Model(i, x)\n"
MOVED = verdict("different", order_kept=False)


def is_rewritten(request: VerifyRequest, op: str) -> bool:
    """Whether the model no longer applies ``op`` itself."""
    path = next(path for path, source in request.originals.items() if op.encode() in source)
    return op.encode() not in request.rewrites[path].partition(b"i = keras.Input")[2]


def wrong_where(fails: Callable[[VerifyRequest], bool]) -> TableVerifier:
    return TableVerifier(
        lambda request: verdict("different" if fails(request) else "proved"),
        keeps_order=lambda request: not fails(request),
    )


def blamed(
    bench: Workbench,
    verifier: TableVerifier,
    how: Verdict | None = None,
    decisions: dict[str, Decisions] | None = None,
    runs: Sequence[tuple[ModelRun, Sequence[str]]] = (),
) -> dict[str, list[str]]:
    """The source of the sites that are found guilty, by file; each run shows some files."""
    candidates = bench.candidates
    first = next(iter(candidates.values()))
    failing = {
        run: [
            op for name in names for op in raw_ops(candidates[name].path, candidates[name].source)
        ]
        for run, names in runs or [(ModelRun(first.path), list(candidates))]
    }
    guilty = failing_sites(
        verifier,
        bench.planner,
        list(candidates.values()),
        {
            candidate.path: (decisions or {}).get(name, Decisions())
            for name, candidate in candidates.items()
        },
        failing,
        dict.fromkeys(failing, how or verdict("different")),
    )
    return {
        candidate.path.stem: [candidate.text.slice(span) for span in spans]
        for candidate, spans in guilty
    }


def test_the_one_guilty_site_is_found(tmp_path: Path) -> None:
    bench = workbench(tmp_path, m=FOUR)
    for op, site in {
        "tf.sin(": "tf.sin(i)",
        "tf.cos(": "tf.cos(x)",
        "tf.exp(": "tf.exp(x)",
    }.items():
        verifier = wrong_where(lambda request, op=op: is_rewritten(request, op))  # type: ignore[misc]
        assert blamed(bench, verifier) == {"m": [site]}
        assert 2 <= len(verifier.requests) <= 4


def test_several_guilty_sites_are_all_found(tmp_path: Path) -> None:
    verifier = wrong_where(
        lambda request: is_rewritten(request, "tf.sin(") or is_rewritten(request, "tf.exp(")
    )
    assert blamed(workbench(tmp_path, m=FOUR), verifier) == {"m": ["tf.sin(i)", "tf.exp(x)"]}


def test_sites_that_fail_only_together_are_blamed_together(tmp_path: Path) -> None:
    verifier = wrong_where(
        lambda request: is_rewritten(request, "tf.sin(") and is_rewritten(request, "tf.exp(")
    )
    assert blamed(workbench(tmp_path, m=FOUR), verifier) == {
        "m": ["tf.sin(i)", "tf.cos(x)", "tf.tan(x)", "tf.exp(x)"]
    }


def test_a_single_site_needs_no_search(tmp_path: Path) -> None:
    verifier = wrong_where(lambda request: True)
    source = HEAD + "x = tf.sin(i)\nm = keras.Model(i, x)\n"
    assert blamed(workbench(tmp_path, m=source), verifier) == {"m": ["tf.sin(i)"]}
    assert verifier.requests == []


def test_the_search_does_without_keras_3_and_looks_at_the_weights_first(tmp_path: Path) -> None:
    verifier = wrong_where(lambda request: is_rewritten(request, "tf.sin("))
    blamed(workbench(tmp_path, m=FOUR), verifier)
    assert set(verifier.asked) == {(False, "order first")}
    assert verifier.order_requests == []


def test_sites_of_one_layer_are_blamed_together(tmp_path: Path) -> None:
    verifier = wrong_where(lambda request: is_rewritten(request, "tf.tan("))
    assert blamed(workbench(tmp_path, m=RUNS), verifier) == {"m": ["tf.cos(x)", "tf.tan(x)"]}


def test_equal_layers_of_several_builders_are_told_apart(tmp_path: Path) -> None:
    body = "    return tf.sin(tf.abs(x))\n"
    source = (
        HEAD + f"def one(x):\n{body}def two(x):\n{body}m = keras.Model(i, two(two(one(one(i)))))\n"
    )

    def fails(request: VerifyRequest) -> bool:
        ((_, rewritten),) = request.rewrites.items()
        return b"tf.sin(tf.abs(x))" not in rewritten.partition(b"def two(x)")[2]

    bench = workbench(tmp_path, m=source)
    guilty = failing_sites(
        wrong_where(fails),
        bench.planner,
        [bench.candidates["m"]],
        {bench.candidates["m"].path: Decisions()},
        {ModelRun(bench.candidates["m"].path): raw_ops(tmp_path / "m.py", source.encode())},
        {ModelRun(bench.candidates["m"].path): verdict("different")},
    )
    assert [[span.line for span in spans] for _, spans in guilty] == [[9]]


def test_only_the_file_that_fails_alone_is_searched(tmp_path: Path) -> None:
    bench = workbench(tmp_path, m=FOUR, n=FOUR.replace("sin", "sinh").replace("tan", "tanh"))
    verifier = wrong_where(lambda request: is_rewritten(request, "tf.tanh("))
    assert blamed(bench, verifier) == {"n": ["tf.tanh(x)"]}
    for request in verifier.requests:
        changed = [path for path in request.rewrites if request.rewrites[path] != path.read_bytes()]
        assert len(changed) == 1


def test_files_that_fail_only_together_are_blamed_together(tmp_path: Path) -> None:
    one = HEAD + "x = tf.sin(i)\nm = keras.Model(i, x)\n"
    bench = workbench(tmp_path, m=one, n=one.replace("sin", "cos"))
    verifier = wrong_where(
        lambda request: is_rewritten(request, "tf.sin(") and is_rewritten(request, "tf.cos(")
    )
    assert blamed(bench, verifier) == {"m": ["tf.sin(i)"], "n": ["tf.cos(i)"]}


def test_only_runs_that_show_the_file_are_asked(tmp_path: Path) -> None:
    bench = workbench(tmp_path, m=FOUR, n=FOUR.replace("sin", "sinh"))
    m, n = (bench.candidates[name].path for name in ("m", "n"))
    runs = [(ModelRun(m, "net(4)"), ["m"]), (ModelRun(n, "net(5)"), ["n"])]
    verifier = wrong_where(
        lambda request: request.builds == ("net(5)",) and is_rewritten(request, "tf.sinh(")
    )
    assert blamed(bench, verifier, runs=runs) == {"n": ["tf.sinh(i)"]}
    for request in verifier.requests:
        changed = {path for path in request.rewrites if request.rewrites[path] != path.read_bytes()}
        assert changed == {request.entry}
        assert request.builds == (("net(4)",) if request.entry == m else ("net(5)",))


def test_one_failing_run_of_several_is_enough(tmp_path: Path) -> None:
    bench = workbench(tmp_path, m=FOUR)
    m = bench.candidates["m"].path
    runs = [(ModelRun(m, "net(4)"), ["m"]), (ModelRun(m, "net(5)"), ["m"])]
    verifier = wrong_where(
        lambda request: request.builds == ("net(5)",) and is_rewritten(request, "tf.cos(")
    )
    assert blamed(bench, verifier, runs=runs) == {"m": ["tf.cos(x)"]}


def test_what_is_refused_already_is_not_blamed(tmp_path: Path) -> None:
    bench = workbench(tmp_path, m=FOUR)
    sites = bench.planner.plan(bench.candidates["m"], Decisions()).sites
    refused = Decisions().refusing({sites[0].span: refusals.not_equal("no")})
    verifier = wrong_where(
        lambda request: is_rewritten(request, "tf.cos(") and is_rewritten(request, "tf.exp(")
    )
    assert blamed(bench, verifier, decisions={"m": refused}) == {
        "m": ["tf.cos(x)", "tf.tan(x)", "tf.exp(x)"]
    }


def test_what_no_failing_run_shows_is_not_blamed(tmp_path: Path) -> None:
    source = FOUR.replace("x = tf.cos(x)", "x = tf.cos(x)  # hidden")
    verifier = wrong_where(lambda request: False)
    assert blamed(workbench(tmp_path, m=source), verifier) == {
        "m": ["tf.sin(i)", "tf.tan(x)", "tf.exp(x)"]
    }
    nothing = HEAD + "x = tf.sin(i)  # hidden\nm = keras.Model(i, x)\n"
    assert blamed(workbench(tmp_path, m=nothing), verifier) == {}


def test_models_are_only_built_where_the_order_of_the_weights_fails(tmp_path: Path) -> None:
    verifier = wrong_where(lambda request: is_rewritten(request, "tf.tan("))
    assert blamed(workbench(tmp_path, m=RUNS), verifier, MOVED) == {"m": ["tf.cos(x)", "tf.tan(x)"]}
    assert verifier.requests == []
    assert verifier.order_requests
    # A layer of one op stands where its op stood: it cannot move weights.
    assert not any(is_rewritten(request, "tf.exp(") for request in verifier.order_requests)


def test_layers_of_one_op_are_blamed_where_there_are_no_others(tmp_path: Path) -> None:
    verifier = wrong_where(lambda request: is_rewritten(request, "tf.tan("))
    assert blamed(workbench(tmp_path, m=FOUR), verifier, MOVED) == {"m": ["tf.tan(x)"]}


def test_files_without_layers_of_several_ops_cannot_move_weights(tmp_path: Path) -> None:
    bench = workbench(tmp_path, m=FOUR, n=RUNS)
    assert blamed(bench, wrong_where(lambda request: False), MOVED) == {
        "n": ["tf.sin(tf.abs(i))", "tf.cos(x)", "tf.tan(x)"]
    }


@pytest.mark.parametrize(("limit", "asked"), [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (24, 6)])
def test_a_long_search_ends_and_blames_what_is_left(
    limit: int, asked: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codemod.engine.failing_sites.TRIALS", limit)
    verifier = wrong_where(lambda request: True)
    assert blamed(workbench(tmp_path, m=FOUR), verifier) == {
        "m": ["tf.sin(i)", "tf.cos(x)", "tf.tan(x)", "tf.exp(x)"]
    }
    # What is not tried any more is blamed.
    assert len(verifier.requests) == asked
