"""``keras-codemod explain CODE``: what a code means, before and after, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.api import check_source
from codemod.codes import CODES
from codemod.explanations import explanation_of
from codemod.settings import Settings
from tests.support.command_line import run_here as run
from transforms.plan.settings import PlanSettings
from transforms.rewrite import rewritten_source

PRELUDE = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras import backend as K

x = layers.Dense(6)(keras.Input((4, 6)))
y = layers.Dense(6)(x)
"""
# What the examples leave out: "{}" is where they stand.
AROUND = {
    "KC208": "rotation = layers.Reshape((6, 4))(y)\nproduct = tf.matmul\n{}",
    "KC210": "inputs = x\n{}",
    "KC301": "import unknown_package\n{}",
    "KC302": "features = [x, y]\n{}",
    "KC306": "{}\nmodel = keras.Model(x, build())",
    "KC309": "labels = keras.Input((6,))\n{}",
    "KC315": "z_mean, z_log_var, vae = x, y, keras.Model(x, y)\n{}",
    "KC402": "model = keras.Model(x, y)\n{}",
    "KC403": "batch, width = 1, 2\nmodel, loss = keras.Model(x, y), tf.reduce_mean(y)\n{}",
    "KC405": "model = keras.Model(x, y)\n{}",
}
# These depend on a run, on limits, or on answers.
NOT_FROM_THE_SOURCE = {"KC207", "KC209", "KC310", "KC311", "KC316"}
CODES_WITH_EXAMPLES = sorted(CODES.keys() - NOT_FROM_THE_SOURCE)


def found(code: str, example: str) -> set[str]:
    around = AROUND.get(code, "{}")
    source = (PRELUDE + around.replace("{}", example) + "\n").encode()
    settings = Settings(operators="wrap" if code == "KC102" else "keep", verify=False)
    result = check_source(source, settings, Path("example.py"))
    assert result.error is None, result.error
    refusals = {site.refusal.code for site in result.sites if site.refusal}
    return refusals | {site.code for site in result.sites} | {one.code for one in result.hazards}


def test_every_code_has_an_example() -> None:
    assert all(explanation_of(code).before and explanation_of(code).text for code in CODES)


@pytest.mark.parametrize("code", CODES_WITH_EXAMPLES)
def test_the_tool_finds_the_code_before_and_not_after(code: str) -> None:
    told = explanation_of(code)
    assert code in found(code, told.before)
    assert not told.after or code not in found(code, told.after)


@pytest.mark.parametrize("code", ["KC101", "KC102", "KC103"])
def test_what_stands_after_a_finding_is_what_the_tool_writes(code: str) -> None:
    told = explanation_of(code)
    settings = PlanSettings(operators="wrap" if code == "KC102" else "keep")
    rewriting = rewritten_source((PRELUDE + told.before).encode(), Path("example.py"), settings)
    assert told.after.partition("  #")[0].strip() in rewriting.rewritten.decode()


def test_a_code_is_explained(tmp_path: Path) -> None:
    done = run("explain", "kc203", folder=tmp_path)
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert lines[:6] == [
        "KC203 a Lambda binds late",
        "",
        "before:",
        "",
        "    for i in range(3):",
        "        x = layers.Lambda(lambda t: t + i)(x)",
    ]
    assert "after:" in lines
    assert 'arguments={"i": i})`.' in " ".join(line.strip() for line in lines)


def test_every_code_can_be_printed(tmp_path: Path) -> None:
    done = run("explain", *CODES, folder=tmp_path)
    text = done.stdout.decode()
    assert all(len(line) <= 100 for line in text.splitlines())
    assert "```" not in text and ".md)" not in text


def test_explain_alone_lists_all_codes(tmp_path: Path) -> None:
    done = run("explain", folder=tmp_path)
    assert done.returncode == 0
    told = [line.partition(" ")[0] for line in done.stdout.decode().splitlines()]
    assert told == sorted(CODES)


@pytest.mark.parametrize(
    ("given", "instead"),
    [
        ("KC410", "is KC403 or KC404 or KC405 meant?"),
        ("KC1001", "is KC001 or KC101 or KC401 meant?"),
        ("nonsense", "`explain` alone lists them all"),
    ],
)
def test_what_is_no_code_is_told_in_one_line(given: str, instead: str, tmp_path: Path) -> None:
    wrong = run("explain", "KC101", given, folder=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, b"")
    (line,) = wrong.stderr.decode().splitlines()
    assert line.startswith(f"keras-codemod: {given.upper()} is no code; ") and instead in line
