"""Hazards of rewritten models: saving, loading, cloning, and weights of the original."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import pytest

from codemod.verify.child.protocol import (
    OriginalModel,
    OriginalResult,
    ReloadedModel,
    RewrittenModel,
    RewrittenResult,
    SampleFields,
)
from codemod.verify.lifecycle import (
    hazards_of,
    load_failures,
    saved_models,
    without_excused,
)
from tests.support.child_results import original_model, rewritten_model

GOOD: ReloadedModel = {"load": None, "clone": None}
LAMBDA = "The `Lambda` layer `sum` holds a Python lambda. Arguments received by Lambda: no"
OLD_LAMBDA = "Requested the deserialization of a Lambda layer with a Python `lambda` inside it."
SAMPLE: SampleFields = {"batch": 1, "size": 6, "stretch": 0, "special": False}


def failing(**checks: str | None) -> RewrittenModel:
    model = rewritten_model()
    model["lifecycle"] = dict(checks)
    return model


def hazards(
    *models: RewrittenModel,
    under_3: RewrittenResult | None = None,
    reloaded: Mapping[int, ReloadedModel] | None = None,
    before: Mapping[int, ReloadedModel] | None = None,
    names: tuple[str, ...] = ("a", "b"),
) -> tuple[str, ...]:
    original: OriginalResult = {"models": [original_model(name) for name in names[: len(models)]]}
    able = {0: GOOD, 1: GOOD} if before is None else before
    return hazards_of(original, {"models": list(models)}, under_3, reloaded or {}, lambda: able)


def test_models_that_can_do_everything_are_no_hazard() -> None:
    def never() -> Mapping[int, ReloadedModel]:
        raise AssertionError("the original was asked although nothing fails")

    original: OriginalResult = {"models": [original_model()]}
    good = failing(clone=None, save=None, load=None)
    assert hazards_of(original, {"models": [good]}, {"models": [good]}, {0: GOOD}, never) == ()
    assert hazards_of(original, {"models": [rewritten_model()]}, None, {}, never) == ()
    assert hazards_of(original, {"failure": "it ran longer than 3 s"}, None, {}, never) == ()


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("clone", "clone_model fails (ValueError)"),
        ("save", "saving it as .keras fails (ValueError)"),
        ("load", "loading it again from .keras fails (ValueError)"),
    ],
)
def test_what_a_model_cannot_do_is_told_with_the_reason(check: str, words: str) -> None:
    assert hazards(failing(**{check: "ValueError"})) == (f"`a`: {words}",)


def test_a_fresh_process_that_cannot_load_is_told() -> None:
    told = hazards(rewritten_model(), reloaded={0: {"load": "TypeError: no", "clone": None}})
    assert told == ("`a`: loading it from .keras in a fresh process fails (TypeError: no)",)


def test_a_fresh_process_is_asked_for_each_model_by_its_index() -> None:
    bad: ReloadedModel = {"load": "no", "clone": None}
    told = hazards(rewritten_model(), rewritten_model(), reloaded={1: bad})
    assert told == ("`b`: loading it from .keras in a fresh process fails (no)",)
    clone: ReloadedModel = {"load": None, "clone": "no"}
    assert hazards(rewritten_model(), reloaded={0: clone}) == ()


def test_one_reason_for_several_checks_is_told_once() -> None:
    told = hazards(failing(save="no", load="no", clone="other"))
    assert told == (
        "`a`: saving it as .keras and loading it again from .keras fail (no)",
        "`a`: clone_model fails (other)",
    )


def test_models_with_the_same_trouble_share_a_line() -> None:
    assert hazards(failing(save="no"), failing(save="no")) == (
        "`a`, `b`: saving it as .keras fails (no)",
    )
    twins = hazards(failing(save="no"), failing(save="no"), names=("a", "a"))
    assert twins == ("`a`: saving it as .keras fails (no)",)


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("ValueError: no axis. Give one", "ValueError: no axis"),
        ("ValueError: no axis.", "ValueError: no axis"),
        ("No layer 'a.b'", "No layer 'a.b'"),
        ("bad config Arguments received by Dense: {}", "bad config"),
        ("Could not locate class Full object config: {}", "Could not locate class"),
    ],
)
def test_a_reason_ends_with_its_first_sentence(reason: str, told: str) -> None:
    assert hazards(failing(load=reason)) == (f"`a`: loading it again from .keras fails ({told})",)


def test_what_the_original_cannot_do_either_is_no_hazard() -> None:
    cannot: ReloadedModel = {"load": "no file format", "clone": "no clone"}
    model = failing(save="x", load="x", clone="x")
    assert hazards(model, before={0: cannot}) == ()
    loads: ReloadedModel = {"load": None, "clone": "no clone"}
    assert hazards(model, before={0: loads}) == (
        "`a`: saving it as .keras and loading it again from .keras fail (x)",
    )
    clones: ReloadedModel = {"load": "no", "clone": None}
    assert hazards(model, before={0: clones}) == ("`a`: clone_model fails (x)",)


def test_an_original_that_was_not_saved_is_one_that_cannot() -> None:
    assert hazards(failing(save="x", clone="x"), before={}) == ()
    assert hazards(failing(save=LAMBDA), before={}) != ()


@pytest.mark.parametrize("reason", [LAMBDA, OLD_LAMBDA])
def test_a_python_lambda_is_a_hazard_unless_the_original_has_one(reason: str) -> None:
    cannot: ReloadedModel = {"load": "ValueError: no", "clone": None}
    has_one: ReloadedModel = {"load": OLD_LAMBDA, "clone": None}
    (told,) = hazards(failing(load=reason), before={0: cannot})
    assert told.startswith("`a`: loading it again from .keras fails (")
    assert told.endswith("); `--to layer` makes classes that can be loaded")
    assert hazards(failing(load=reason), before={0: has_one}) == ()
    assert "--to layer" not in hazards(failing(load="ValueError: no"))[0]


def test_trouble_under_keras_3_is_told_as_such() -> None:
    under_3: RewrittenResult = {"models": [failing(save="no")]}
    assert hazards(rewritten_model(), under_3=under_3) == (
        "`a`: Keras 3: saving it as .keras fails (no)",
    )
    assert hazards(failing(save="no"), under_3=under_3) == (
        "`a`: saving it as .keras fails (no)",
        "`a`: Keras 3: saving it as .keras fails (no)",
    )
    assert hazards(rewritten_model(), under_3={"failure": "no Keras 3"}) == ()
    bad: ReloadedModel = {"load": "no", "clone": None}
    in_keras_2 = hazards(
        rewritten_model(), under_3={"models": [rewritten_model()]}, reloaded={0: bad}
    )
    assert in_keras_2 == ("`a`: loading it from .keras in a fresh process fails (no)",)


def test_hazards_that_children_find_come_first() -> None:
    before = original_model("a")
    before["hazards"] = ["the batch is mixed"]
    after = rewritten_model()
    after["hazards"] = ["the batch is mixed"]
    found = hazards_of(
        {"models": [before]},
        {"models": [failing(save="no")]},
        {"models": [after]},
        {},
        lambda: {0: GOOD},
    )
    assert found == (
        "`a`: the batch is mixed",
        "`a`: Keras 3: the batch is mixed",
        "`a`: saving it as .keras fails (no)",
    )


def not_loading(**failures: str) -> RewrittenModel:
    model = rewritten_model()
    model["not_loaded"] = failures
    return model


def able_to_load(*titles: str) -> OriginalModel:
    model = original_model()
    model["checkpoints"] = list(titles)
    return model


def changes(model: RewrittenModel, original: OriginalResult) -> str | None:
    (found,) = without_excused({"models": [model]}, original)["models"]
    return found.get("changed")


def test_weights_that_do_not_load_are_known_by_the_model() -> None:
    assert load_failures({"models": [rewritten_model(), not_loading(h5="no")]})
    assert not load_failures({"models": [rewritten_model(), not_loading()]})
    assert not load_failures({"failure": "it ran longer than 3 s"})


def test_weights_that_the_original_can_load_change_the_model() -> None:
    original: OriginalResult = {"models": [able_to_load("h5", "keras")]}
    model = not_loading(h5="shapes differ", keras="other")
    assert changes(model, original) == (
        "weights that the original saved (h5) do not load: shapes differ"
    )
    model["changed"] = "the gradient of w is gone"
    assert changes(model, original) == "the gradient of w is gone"


def test_weights_that_the_original_cannot_load_either_do_not_count() -> None:
    assert changes(not_loading(h5="no"), {"models": [able_to_load("keras")]}) is None
    assert changes(not_loading(h5="no"), {"models": [original_model()]}) is None
    assert changes(not_loading(h5="no"), {"models": []}) is None
    assert changes(not_loading(h5="no"), {"failure": "it ran longer than 3 s"}) is None
    only_one: OriginalResult = {"models": [able_to_load("keras")]}
    assert changes(not_loading(h5="no", keras="yes"), only_one) == (
        "weights that the original saved (keras) do not load: yes"
    )


def test_each_model_is_compared_with_its_own_original() -> None:
    original: OriginalResult = {"models": [able_to_load("h5"), able_to_load()]}
    rewritten: RewrittenResult = {
        "models": [not_loading(h5="no"), not_loading(h5="no"), rewritten_model()],
        "device": "CPU",
    }
    found = without_excused(rewritten, original)
    assert ["changed" in model for model in found["models"]] == [True, False, False]
    assert found["device"] == "CPU"
    assert found["models"][0]["name"] == "m"


def test_saved_models_are_loaded_where_they_were_saved() -> None:
    one, two = original_model("a"), original_model("b")
    for model in one, two:
        model["samples"] = [SAMPLE, {**SAMPLE, "batch": 3}]
        model["tokens"] = [None, 9]
    one["saved"], two["saved"] = None, "/tmp/o/1.keras"
    rewritten = rewritten_model()
    rewritten["saved"] = "/tmp/r/0.keras"
    original: OriginalResult = {"models": [one, two]}
    common = {"sample": SAMPLE, "tokens": [None, 9]}
    assert saved_models(original, {"models": [rewritten, rewritten_model()]}, "/out") == [
        {
            **common,
            "index": 0,
            "path": "/tmp/r/0.keras",
            "clone": False,
            "output": "/out/0_0.npz",
        }
    ]
    assert cast(list[object], saved_models(original, original, "/out")) == [
        {**common, "index": 1, "path": "/tmp/o/1.keras", "clone": True, "output": "/out/1_0.npz"}
    ]
    assert saved_models(original, {"failure": "it ran longer than 3 s"}, "/out") == []
