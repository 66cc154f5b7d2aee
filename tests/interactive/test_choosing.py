"""Answers become choices: what is rewritten, how it is called, and what stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from codemod.interactive.answers import Answer, Rename, Retarget
from codemod.interactive.choosing import Chosen, Question, choose
from transforms.interpret.symbolic import analyse
from transforms.plan.choices import Choices
from transforms.plan.fitting import Rewriting, fitting_plan
from transforms.plan.settings import PlanSettings, unverified_settings
from transforms.syntax.records import Target
from transforms.syntax.source_text import read_source_text

HEAD = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

x = keras.Input((4, 6))
"""
TWO = "a = tf.square(x)\na = layers.Dense(6)(a)\nb = tf.reduce_sum(a, 1)\n"
VERIFIED = PlanSettings()


class Talk:
    """Asks about a source, gives the ``answers``, and keeps the questions."""

    def __init__(self, source: str, *answers: Answer, settings: PlanSettings = VERIFIED) -> None:
        self.source = (HEAD + source).encode()
        self.settings = settings
        self.answers = iter(answers)
        self.questions: list[Question] = []
        self.path = Path("model.py")
        self.analysis = analyse({self.path: self.source}, [self.path])

    def plan(self, choices: Choices) -> Rewriting:
        module = self.analysis.modules[self.path]
        settings = replace(self.settings, choices=choices)
        text = read_source_text(self.source)
        return fitting_plan(self.analysis, module, self.source, text, settings)

    def ask(self, question: Question) -> Answer:
        self.questions.append(question)
        return next(self.answers)

    def choose(
        self, last: Answer = "yes", targets: Sequence[Target] = ("layer", "lambda")
    ) -> Chosen:
        chosen = choose(self.plan, self.ask, targets, last)
        assert next(self.answers, None) is None
        return chosen

    def written(self, last: Answer = "yes") -> str:
        return self.plan(self.choose(last).choices).rewritten.decode()


def test_yes_and_no() -> None:
    talk = Talk(TWO, "yes", "no")
    chosen = talk.choose()
    rewriting = talk.plan(chosen.choices)
    written = rewriting.rewritten.decode()
    assert 'a = Square(name="square")(x)' in written
    assert "b = tf.reduce_sum(a, 1)" in written and "class ReduceSum" not in written
    assert chosen.agreed == rewriting.rewritten
    assert [str(site.refusal) for site in rewriting.plan.sites] == [
        "None",
        "KC316: you left it as it is",
    ]


def test_what_is_shown_adds_up_to_what_is_written() -> None:
    talk = Talk(TWO, "yes", "yes")
    chosen = talk.choose()
    first, second = talk.questions
    assert (first.before, second.before) == (talk.source, first.after)
    assert second.after == chosen.agreed == talk.plan(chosen.choices).rewritten
    assert [(one.number, one.of) for one in talk.questions] == [(1, 2), (2, 2)]


def test_nothing_chosen_changes_nothing() -> None:
    assert Talk(TWO, "no", "no").written() == HEAD + TWO


def test_quitting_keeps_what_was_said() -> None:
    talk = Talk(TWO, "yes", "quit")
    chosen = talk.choose()
    assert chosen.last == "quit"
    rewriting = talk.plan(chosen.choices)
    assert [str(site.refusal) for site in rewriting.plan.sites] == [
        "None",
        "KC316: the questions ended before this one",
    ]
    after = Talk(TWO)
    assert after.written(last="quit") == HEAD + TWO


@pytest.mark.parametrize("word", ["all", "rest"])
def test_all_accepts_what_follows(word: Answer) -> None:
    talk = Talk(TWO + "c = tf.exp(b)\n", "no", word)
    chosen = talk.choose()
    assert chosen.last == word
    written = talk.plan(chosen.choices).rewritten.decode()
    assert "a = tf.square(x)" in written and "Sum" in written and "tf.exp(b)" in written
    # The last two are one layer, which nobody has seen.
    assert chosen.agreed is None
    assert "Square" in Talk(TWO).written(last="rest")


def test_after_all_of_one_file_the_next_one_is_asked_about() -> None:
    talk = Talk(TWO, "no", "no")
    assert talk.written(last="all") == HEAD + TWO


def test_what_becomes_one_layer_is_one_question() -> None:
    run = "a = tf.square(x)\nb = a * 2.0\nc = tf.reduce_sum(b, 1)\n"
    talk = Talk(run, "yes")
    assert "c = " in talk.written()
    (question,) = talk.questions
    ops = [op for site in question.sites for op in site.ops]
    assert ops == ["tf.square", "operator.mul", "tf.reduce_sum"]
    assert Talk(run, "no").written() == HEAD + run
    apart = Talk(run, "yes", "no", settings=unverified_settings("layer"))
    assert "Square" in apart.written()


def test_a_product_goes_with_the_layer_that_is_given_it() -> None:
    source = "a = x * 2.0\ny = layers.Dense(6)(x)\nb = tf.exp(a)\n"
    talk = Talk(source, "yes")
    written = talk.written()
    assert "Scale" in written and "Exp" in written
    assert len(talk.questions) == 1
    assert Talk(source, "no").written() == HEAD + source


def test_another_target() -> None:
    talk = Talk(TWO, Retarget("lambda"), "yes", "yes")
    written = talk.written()
    assert 'a = layers.Lambda(lambda x: tf.square(x), name="square")(x)' in written
    assert "class ReduceSum" in written
    assert talk.questions[1].sites[0].target == "lambda"
    back = Talk(TWO, Retarget("lambda"), Retarget("layer"), "yes", "no")
    assert "class Square" in back.written()


def test_the_layer_of_a_run_becomes_a_lambda_for_each_expression() -> None:
    run = "a = tf.square(x)\nc = tf.reduce_sum(a, 1)\n"
    talk = Talk(run, Retarget("lambda"), "yes", "no")
    assert "c = tf.reduce_sum(a, 1)" in talk.written()
    assert len(talk.questions) == 3


def test_keras_ops_where_the_project_can_use_them() -> None:
    source = "b = tf.reduce_sum(x, 1)\n"
    refused = Talk(source, Retarget("ops"), "no")
    assert refused.written() == HEAD + source
    assert "--target keras3" in refused.questions[1].complaint
    talk = Talk(source, Retarget("ops"), "yes")
    chosen = talk.choose(targets=("layer", "lambda", "ops"))
    assert "keras.ops.sum(x, 1)" in talk.plan(chosen.choices).rewritten.decode()
    inexact = Talk("b = tf.argmax(x, 1)\n", Retarget("ops"), "yes")
    inexact.choose(targets=("layer", "lambda", "ops"))
    assert "gives int32" in inexact.questions[1].complaint


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Rectified", 'a = Rectified(name="rectified")(x)'),
        ("rectified", 'a = Square(name="rectified")(x)'),
    ],
)
def test_a_name_for_the_class_or_the_layer(name: str, expected: str) -> None:
    talk = Talk(TWO, Rename(name), "yes", "no")
    assert expected in talk.written()
    assert not any(question.complaint for question in talk.questions)


def test_a_layer_of_keras_itself_is_named_too() -> None:
    source = "y = layers.Conv1D(6, 1)(x)\na = tf.nn.relu(y)\n"
    talk = Talk(source, Rename("Own"), Rename("own"), "yes")
    assert 'a = layers.ReLU(name="own")(y)' in talk.written()
    assert "no class of its own" in talk.questions[1].complaint


def test_a_layer_in_a_loop_is_counted_under_its_name() -> None:
    source = "for i in range(3):\n    x = tf.roll(x, i, 1)\n    x = layers.Dense(6)(x)\n"
    assert 'name=f"shifted_{i}"' in Talk(source, Rename("shifted"), "yes").written()


@pytest.mark.parametrize(
    ("source", "name", "complaint"),
    [
        (TWO, "HEAD", "`HEAD` is taken"),
        (TWO, "own", "`own` is taken"),
        (TWO, "layers", ""),
    ],
)
def test_a_name_that_is_taken(source: str, name: str, complaint: str) -> None:
    given = "class HEAD: pass\ny = layers.Dense(6, name='own')(x)\n" + source
    talk = Talk(given, Rename(name), "no", "no")
    talk.choose()
    assert talk.questions[1].complaint == complaint


def test_the_class_of_a_layer_that_was_accepted_keeps_its_name() -> None:
    source = "a = tf.square(x)\na = layers.Dense(6)(a)\nb = tf.square(a)\n"
    talk = Talk(source, "yes", Rename("Other"), "yes")
    assert "Other" not in talk.written()
    assert "no class of its own" in talk.questions[2].complaint
    declined = Talk(source, "no", Rename("Other"), "yes")
    assert 'b = Other(name="other")(a)' in declined.written()


def test_refusals_are_not_asked_about() -> None:
    talk = Talk("tf.print(x)\nc = tf.square(x)\n", "yes")
    rewriting = talk.plan(talk.choose().choices)
    assert [site.refusal.code for site in rewriting.plan.sites if site.refusal] == ["KC304"]
