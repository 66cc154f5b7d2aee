"""Hazards are mended together where verification accepts it, else what is sure and one by one."""

from __future__ import annotations

from pathlib import Path

from codemod.engine.engine import rewrite_files
from codemod.files.discovery import discover
from codemod.results import FileResult
from codemod.settings import Fix, Settings
from codemod.verdict import Tier, Verdict
from codemod.verify.records import Probe, VerifyRequest
from tests.support.table_verifier import TableVerifier, verdict

NET = """\
from tensorflow import keras

x = keras.Input((4,))
n = 1
a = keras.layers.Lambda(lambda t: t + 1)(x)
b = keras.layers.Lambda(lambda t: t * n)(a)
n = 2
m = keras.Model(x, b)
"""


def building(request: VerifyRequest) -> Probe:
    return Probe(models=("m",))


def mended(
    folder: Path, verifier: TableVerifier, source: str = NET, fix: Fix = "hazards"
) -> tuple[str, FileResult]:
    (folder / "net.py").write_text(source)
    settings = Settings(fix=(fix,))
    files = discover([str(folder)]).files
    groups = rewrite_files(files, settings, True, open_verifier=verifier.open)
    (result,) = [result for group in groups for result in group]
    return (folder / "net.py").read_text(), result


def verifier_of(bad: str, tier: Tier) -> TableVerifier:
    """One that accepts all but what has ``bad`` in it."""

    def verdict_of(request: VerifyRequest) -> Verdict:
        (source,) = request.rewrites.values()
        return verdict(tier if bad in source.decode() else "proved", "y is 1.0, not 2.0")

    return TableVerifier(verdict_of, building)


def test_what_is_accepted_together_is_verified_once(tmp_path: Path) -> None:
    verifier = verifier_of("nothing", "different")
    after, result = mended(tmp_path, verifier)
    assert "lambda" not in after and 'arguments={"n": n}' in after
    assert len(verifier.requests) == 1
    assert result.status == "rewritten"
    assert result.verdict is not None and result.verdict.verdict == "proved"
    assert [fix.code for fix in result.fixes] == ["KC206", "KC206"]


def test_what_changes_a_model_is_left_with_the_reason(tmp_path: Path) -> None:
    after, result = mended(tmp_path, verifier_of("arguments=", "different"))
    assert "Lambda(add)(x)" in after and "lambda t: t * n" in after
    reason = "leaves it: the models would not stay what they are: y is 1.0, not 2.0"
    assert [hazard.code for hazard in result.hazards if reason in hazard.message] == [
        "KC206",
        "KC203",
    ]


def test_equal_bits_are_no_proof(tmp_path: Path) -> None:
    after, _ = mended(tmp_path, verifier_of("Lambda(add)", "bitwise"))
    assert "lambda t: t + 1" in after and 'arguments={"n": n}' in after


def test_what_no_model_runs_is_left(tmp_path: Path) -> None:
    verifier = TableVerifier(lambda request: verdict("proved"), lambda request: Probe())
    after, result = mended(tmp_path, verifier)
    assert after == NET
    assert result.status == "unchanged"
    assert all("no built model runs this code" in hazard.message for hazard in result.hazards)


def test_fixes_for_keras_3_give_functions_to_lambdas_of_models_that_are_loaded(
    tmp_path: Path,
) -> None:
    compared = NET.replace("m = ", "e = keras.layers.Lambda(lambda t: t)(x == b)\nm = ")
    after, _ = mended(tmp_path, verifier_of("nothing", "different"), compared, "keras3")
    assert after == compared
    saved = compared + 'm.save("m.keras")\n'
    after, result = mended(tmp_path, verifier_of("nothing", "different"), saved, "keras3")
    assert "Lambda(lambda" not in after and "x == b" in after
    assert [fix.code for fix in result.fixes] == ["KC206", "KC206", "KC206"]
