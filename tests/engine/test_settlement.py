"""What is written, refused and failed, for every answer that verification can give."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from codemod.engine.verified import verified_results
from codemod.files.sources import read_sources
from codemod.results import FileResult
from codemod.settings import Settings
from codemod.verdict import Tier, Verdict
from codemod.verify.records import Probe, VerifyRequest
from tests.support.table_verifier import (
    TableVerifier,
    probe_all,
    raw_ops,
    verdict,
    verified,
    written,
)
from transforms.sites import refusals

HEAD = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

"""
ONE = HEAD + "i = keras.Input((4,))\nx = tf.sin(i)\nm = keras.Model(i, x)\n"
THREE = (
    HEAD
    + "i = keras.Input((4,))\nx = tf.sin(i)\ny = layers.Dense(4)(x)\n"
    + "y = tf.cos(y)\ny = tf.exp(y)\nm = keras.Model(i, y)\n"
)


def always(tier: Tier, reason: str = "") -> TableVerifier:
    return TableVerifier(lambda request: verdict(tier, reason))


def rewritten_source(request: VerifyRequest) -> str:
    return "".join(source.decode() for source in request.rewrites.values())


def refusals_of(result: FileResult) -> dict[int, str]:
    return {site.span.line: site.refusal.code for site in result.sites if site.refusal is not None}


@pytest.mark.parametrize("tier", ["proved", "equal-by-rules"])
def test_what_is_proved_would_be_written(tier: str, tmp_path: Path) -> None:
    result = verified(tmp_path, always(cast(Tier, tier)), m=ONE)["m"]
    assert result.status == "would-rewrite"
    assert b"tf.sin(i)" not in result.rewritten
    assert result.verdict is not None and result.verdict.verdict == tier


def test_what_a_comment_skips_is_not_left_for_the_user(tmp_path: Path) -> None:
    source = THREE.replace("y = tf.exp(y)", "y = tf.exp(y)  # keras-codemod: skip")
    result = verified(tmp_path, always("proved"), m=source)["m"]
    assert b"y = tf.exp(y)  # keras-codemod: skip" in result.rewritten
    assert result.left == ()


def test_what_only_samples_show_is_written_when_the_user_says_so(tmp_path: Path) -> None:
    settings = Settings(accept="bitwise")
    result = verified(tmp_path, always("bitwise"), settings, m=ONE)["m"]
    assert result.status == "would-rewrite"
    assert verified(tmp_path, always("close"), settings, m=ONE)["m"].status == "failed"


@pytest.mark.parametrize("tier", ["bitwise", "close", "different", "unverified"])
def test_what_is_not_the_same_is_left_and_failed(tier: str, tmp_path: Path) -> None:
    result = verified(tmp_path, always(cast(Tier, tier), "output 0 differs"), m=ONE)["m"]
    assert result.status == "failed"
    assert result.rewritten == ONE.encode()
    assert refusals_of(result) == {6: "KC310"}
    assert str(result.sites[0].refusal).endswith("no rewrite passed verification: output 0 differs")


def test_equal_models_whose_weights_would_move_are_not_written(tmp_path: Path) -> None:
    moving = TableVerifier(
        lambda request: verdict("proved", order_kept=False), keeps_order=lambda request: False
    )
    result = verified(tmp_path, moving, m=ONE)["m"]
    assert result.status == "failed"
    assert result.rewritten == ONE.encode()
    assert "the order of the weights would change" in str(result.sites[0].refusal)


def test_only_the_guilty_site_is_refused(tmp_path: Path) -> None:
    def sine_is_wrong(request: VerifyRequest) -> Verdict:
        return verdict("proved" if "x = tf.sin(i)" in rewritten_source(request) else "different")

    result = verified(tmp_path, TableVerifier(sine_is_wrong), m=THREE)["m"]
    assert result.status == "would-rewrite"
    assert refusals_of(result) == {6: "KC310"}
    model = result.rewritten.partition(b"i = keras.Input")[2]
    assert b"x = tf.sin(i)\n" in model
    assert b"tf.cos" not in model
    assert result.verdict is not None and result.verdict.verdict == "proved"


def test_a_run_that_fails_as_one_layer_is_planned_finer(tmp_path: Path) -> None:
    def one_layer_is_wrong(request: VerifyRequest) -> Verdict:
        source = rewritten_source(request)
        return verdict(
            "proved" if "y = tf.cos(y)\n        return tf.exp(y)" not in source else "different"
        )

    result = verified(tmp_path, TableVerifier(one_layer_is_wrong), m=THREE)["m"]
    assert result.status == "would-rewrite"
    assert refusals_of(result) == {}
    assert result.rewritten.count(b"@keras.utils.register") == 3


def test_what_no_run_shows_is_refused(tmp_path: Path) -> None:
    source = THREE.replace("y = tf.cos(y)", "y = tf.cos(y)  # hidden")
    result = verified(tmp_path, always("proved"), m=source)["m"]
    assert refusals_of(result) == {8: "KC311"}
    assert b"y = tf.cos(y)  # hidden" in result.rewritten
    assert b"y = tf.exp(y)\nm" not in result.rewritten


def test_a_file_whose_code_no_model_runs_is_not_verified(tmp_path: Path) -> None:
    silent = TableVerifier(
        lambda request: verdict("proved"),
        lambda request: Probe(failure="no model was built: line 3: ValueError", assumptions=("a",)),
    )
    result = verified(tmp_path, silent, m=ONE)["m"]
    assert result.status == "failed"
    assert result.rewritten == ONE.encode()
    assert result.verdict is not None
    assert result.verdict.verdict == "unverified"
    assert result.verdict.reason == "no model was built: line 3: ValueError"
    assert result.verdict.assumptions == ("a",)
    assert silent.requests == []


def test_a_site_that_the_analysis_is_not_sure_of_is_sure_where_a_run_shows_it(
    tmp_path: Path,
) -> None:
    source = HEAD + "from somewhere import block\nx = tf.sin(block(keras.Input((4,))))\n"
    unsure = verified(
        tmp_path / "a",
        TableVerifier(lambda request: verdict("proved"), lambda request: Probe(models=("m",))),
        m=source,
    )
    sure = verified(tmp_path / "b", always("proved"), m=source)
    assert unsure["m"].rewritten == source.encode()
    assert (unsure["m"].status, unsure["m"].verdict) == ("refused", None)
    assert refusals_of(unsure["m"]) == {6: "KC301"}
    assert sure["m"].sites[0].status == "rewritable"
    assert sure["m"].rewritten.endswith(b'x = Sin(name="sin")(block(keras.Input((4,))))\n')


def test_the_worst_of_several_builds_counts(tmp_path: Path) -> None:
    source = HEAD + (
        "def net(n):\n    i = keras.Input((n,))\n    return keras.Model(i, tf.sin(i))\n"
    )

    def second_is_wrong(request: VerifyRequest) -> Verdict:
        right = request.builds == ("net(4)",) or "tf.sin(i))" in rewritten_source(request)
        return verdict("proved" if right else "different")

    settings = Settings(builds=("net(4)", "net(5)"))
    result = verified(tmp_path, TableVerifier(second_is_wrong), settings, m=source)["m"]
    assert result.status == "failed"
    assert result.rewritten == source.encode()


def test_a_build_without_a_model_is_told(tmp_path: Path) -> None:
    source = HEAD + (
        "def net(n):\n    i = keras.Input((n,))\n    return keras.Model(i, tf.sin(i))\n"
    )

    def one_build_fails(request: VerifyRequest) -> Probe:
        return Probe(failure="n is 0") if request.builds == ("net(0)",) else probe_all(request)

    verifier = TableVerifier(lambda request: verdict("proved"), one_build_fails)
    settings = Settings(builds=("net(4)", "net(0)"), capture=False)
    result = verified(tmp_path, verifier, settings, m=source)["m"]
    assert result.status == "would-rewrite"
    assert result.failed_builds == ("net(0): n is 0",)
    assert result.verdict is not None
    assert result.verdict.assumptions == ("not built: net(0): n is 0",)
    assert [model.build for model in result.verdict.models] == ["net(4)"]


def test_files_whose_code_meets_in_one_model_are_verified_together(tmp_path: Path) -> None:
    block = HEAD + "def block(x):\n    return tf.sin(x)\n"
    net = HEAD + (
        "from block import block\ni = keras.Input((4,))\nm = keras.Model(i, tf.cos(block(i)))\n"
    )
    other = ONE.replace("sin", "tan")
    verifier = always("proved")
    results = verified(tmp_path, verifier, block=block, net=net, other=other)
    assert {name: result.status for name, result in results.items()} == {
        "block": "would-rewrite",
        "net": "would-rewrite",
        "other": "would-rewrite",
    }
    together = [sorted(path.stem for path in request.rewrites) for request in verifier.requests]
    assert sorted({tuple(names) for names in together}) == [("block", "net"), ("other",)]


def test_each_project_is_verified_by_its_own_interpreter(tmp_path: Path) -> None:
    for project in ("a", "b"):
        environment = tmp_path / project / ".venv"
        (environment / "lib/python3.11/site-packages/tensorflow").mkdir(parents=True)
        (environment / "bin").mkdir()
        (environment / "bin/python").touch()
        (environment / "pyvenv.cfg").touch()
    verifier = always("proved")
    sources = {"a/m": ONE, "b/n": ONE.replace("sin", "cos")}
    verified(tmp_path, verifier, None, **sources)
    pythons = {options.python for options in verifier.options}
    assert pythons == {str(tmp_path / project / ".venv/bin/python") for project in ("a", "b")}


def test_a_plan_is_verified_once_for_each_run(tmp_path: Path) -> None:
    verifier = always("different")
    verified(tmp_path, verifier, m=THREE)
    asked = [tuple(request.rewrites.values()) for request in verifier.requests]
    rounds = [sources for sources in asked if asked.count(sources) > 1]
    assert len(rounds) <= 2 * len(set(rounds))  # Once as a round, once in the search of one site.


def test_the_probe_ends_when_every_site_was_seen(tmp_path: Path) -> None:
    probed: list[str] = []

    def probe(request: VerifyRequest) -> Probe:
        probed.append(request.entry.stem)
        return Probe(
            raw_ops=raw_ops(request.entry, request.originals[request.entry]), models=("m",)
        )

    block = HEAD + "def block(x):\n    return tf.sin(x)\ni = keras.Input((4,))\nblock(i)\n"
    net = HEAD + "from block import block\ni = keras.Input((4,))\nm = keras.Model(i, block(i))\n"
    verified(
        tmp_path, TableVerifier(lambda request: verdict("proved"), probe), block=block, net=net
    )
    assert probed == ["block"]


NET = HEAD + ("def net(n):\n    i = keras.Input((n,))\n    return keras.Model(i, tf.sin(i))\n")
BUILDS = Settings(builds=("net(4)", "net(0)"), capture=False)


def shown_by(**names: str) -> TableVerifier:
    """Everything is proved; each build shows the files that it names, and fails for none."""

    def probe(request: VerifyRequest) -> Probe:
        wanted = names["first" if request.builds == ("net(4)",) else "second"].split()
        ops = [
            op
            for path, source in request.originals.items()
            if path.stem in wanted
            for op in raw_ops(path, source)
        ]
        return Probe(raw_ops=tuple(ops), models=("m",) if wanted else ())

    return TableVerifier(lambda request: verdict("proved"), probe)


def test_a_round_asks_for_keras_3_too_and_for_the_weights_first(tmp_path: Path) -> None:
    verifier = always("proved")
    verified(tmp_path, verifier, m=ONE)
    assert verifier.asked == [(True, "order first")]


def test_a_file_that_no_run_shows_fails_only_where_a_build_does(tmp_path: Path) -> None:
    partly = ONE.replace("tf.sin(i)", "tf.sin(i)  # hidden") + "tf.print(i)\n"
    sources = {
        "m": NET,
        "n": ONE.replace("sin", "cos"),
        "p": ONE.replace("tf.sin", "tf.print"),
        "q": partly,
    }
    results = verified(tmp_path / "a", shown_by(first="m p q", second=""), BUILDS, **sources)
    assert {name: result.status for name, result in results.items()} == {
        "m": "would-rewrite",
        "n": "failed",
        "p": "refused",
        "q": "refused",
    }
    assert results["n"].verdict is not None and results["n"].verdict.verdict == "unverified"
    assert results["p"].verdict is None
    results = verified(tmp_path / "b", shown_by(first="m", second="p"), BUILDS, **sources)
    assert {name: result.status for name, result in results.items()} == {
        "m": "would-rewrite",
        "n": "refused",
        "p": "refused",
        "q": "refused",
    }
    assert results["n"].verdict is None


def test_a_run_that_fails_without_a_rewritten_site_refuses_all_that_changed(tmp_path: Path) -> None:
    """The second build shows a raw op of the file that is not rewritten, and fails all the same."""
    source = (
        NET.replace("tf.sin(i)", "tf.sin(i)  # first\n        ") + "tf.print(keras.Input((2,)))\n"
    )

    def probe(request: VerifyRequest) -> Probe:
        (path,) = request.originals
        ops = raw_ops(path, request.originals[path])
        sine = request.builds == ("net(4)",)
        return Probe(raw_ops=tuple(op for op in ops if (op.op == "tf.sin") is sine), models=("m",))

    def second_fails(request: VerifyRequest) -> Verdict:
        wrong = request.builds == ("net(0)",)
        return verdict("different" if wrong else "proved", "output 0 differs" if wrong else "")

    verifier = TableVerifier(second_fails, probe)
    result = verified(tmp_path, verifier, BUILDS, m=source)["m"]
    assert result.rewritten == source.encode()
    sine = result.sites[0]
    assert str(sine.refusal).endswith("no rewrite passed verification: output 0 differs")
    assert result.status == "failed"
    assert result.verdict is not None and result.verdict.verdict == "different"


def test_models_are_told_with_the_build_that_made_them(tmp_path: Path) -> None:
    settings = Settings(builds=("net(4)", "net(5)"))
    result = verified(tmp_path, always("proved"), settings, m=NET)["m"]
    assert result.verdict is not None
    assert [model.build for model in result.verdict.models] == ["net(4)", "net(5)", None]
    settings = Settings(builds=("net(4)", "net(5)"), capture=False)
    result = verified(tmp_path, always("proved"), settings, m=NET)["m"]
    assert result.verdict is not None
    assert [model.build for model in result.verdict.models] == ["net(4)", "net(5)"]
    alone = verified(tmp_path, always("proved"), m=ONE)["m"]
    assert alone.verdict is not None
    assert [model.build for model in alone.verdict.models] == [None]


def test_files_that_meet_in_a_model_give_their_layers_different_names(tmp_path: Path) -> None:
    sources = {
        "scale": HEAD + "def scale(x):\n    x = layers.Dense(4)(x)\n    return tf.sin(x)\n",
        "net": HEAD
        + "from scale import scale\ni = keras.Input((4,))\nm = keras.Model(i, scale(tf.sin(i)))\n",
    }
    verifier = TableVerifier(lambda request: verdict("proved"))
    results = verified(tmp_path, verifier, None, **sources)
    names = [site.layer_name for name in sources for site in results[name].sites]
    assert names == ["sin", "sin2"]
    written = b"".join(result.rewritten for result in results.values())
    assert (written.count(b"Sin()(x)"), written.count(b'name="sin2"')) == (1, 1)


def test_a_file_in_which_a_run_alone_shows_raw_ops_comes_in(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("")
    hidden = "import tensorflow as tf\ndef hidden(x):\n    return tf.cos(x)\n"
    asked: list[list[str]] = []

    def probe(request: VerifyRequest) -> Probe:
        asked.append(sorted(path.stem for path in request.originals))
        ops = tuple(replace(op, tensors=(0,)) for op in probe_all(request).raw_ops)
        found = Probe(raw_ops=ops, models=("m",))
        return found if len(asked[-1]) > 1 else replace(found, inner=(inner,))

    verifier = TableVerifier(lambda request: verdict("proved"), probe)
    inner = tmp_path / "pkg" / "b.py"
    sources = {"pkg/a": ONE, "pkg/b": hidden, "c": hidden}
    results = verified(tmp_path, verifier, None, **sources)
    assert asked == [["a"], ["a", "b"]]
    assert {name: result.status for name, result in results.items()} == {
        "a": "would-rewrite",
        "b": "would-rewrite",
        "c": "unchanged",
    }


def test_an_ended_run_tells_what_was_found_in_what_it_did_not_come_to(tmp_path: Path) -> None:
    def probe(request: VerifyRequest) -> Probe:
        if request.entry.stem == "b":
            raise KeyboardInterrupt
        return probe_all(request)

    unsure = HEAD + "from somewhere import block\ni = keras.Input((4,))\nx = tf.sin(block(i))\n"
    unsure += "m = keras.Model(i, tf.cos(i))\n"
    read = read_sources(written(tmp_path, {"a": ONE, "b": unsure}))
    verifier = TableVerifier(lambda request: verdict("proved"), probe)
    found = []
    with pytest.raises(KeyboardInterrupt):
        for settled in verified_results(read, Settings(), verifier.open):
            found += [result for _, result in settled]
    first, second = found
    assert (first.path, first.status, first.is_not_done) == ("a.py", "would-rewrite", False)
    assert (second.path, second.is_not_done) == ("b.py", True)
    assert second.rewritten == second.original
    assert {str(site.refusal) for site in second.sites} == {str(refusals.ended_before())}
