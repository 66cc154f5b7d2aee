"""The coded reasons for which a raw expression is left alone."""

from __future__ import annotations

from collections.abc import Sequence

from transforms.interpret.builtin_functions import CHOSEN_NAME
from transforms.knowledge import tf_catalog
from transforms.syntax.limits import MOST_CHOICES_TOLD
from transforms.syntax.records import Refusal

UNCERTAIN = "KC301"
IN_LOSS = "KC315"
BY_CHOICE = "KC316"
NO_OP = "what is no op of TensorFlow"
NOT_IN_SIGHT = "what is not in sight"


def uncertain_tensor(source: str) -> Refusal:
    """The analysis cannot tell whether the operand is symbolic."""
    text = f"cannot tell whether `{source}` is a symbolic tensor"
    return Refusal(code=UNCERTAIN, text=text, lifted_by_run=True)


def sometimes_symbolic(source: str, is_tensor: bool = False) -> Refusal:
    """The operand is symbolic in one call and not in another; ``is_tensor`` says that it is one."""
    text = f"`{source}` is a symbolic tensor in some calls and not in others"
    return Refusal(code="KC302", text=text, lifted_by_run=is_tensor)


def also_eager(call: str) -> Refusal:
    """The same code also runs inside a layer or on eager tensors; ``call`` is where it does.

    A generated layer takes these as well.
    """
    text = "this code also runs on tensors that are not symbolic"
    text = f"{text}, from {call}" if call else text
    return Refusal(code="KC303", text=text, lifted_by_run=True)


def unwrappable(reason: str) -> Refusal:
    """The op must not go into a layer."""
    return Refusal(code="KC304", text=reason)


def unresolved_function(source: str, choices: Sequence[str] = ()) -> Refusal:
    """The function that is called is not always the same op; ``choices`` are those in sight."""
    text = f"`{source}` is a function that cannot be saved by name"
    return Refusal(
        code="KC305", text=f"{text}: {_listed(choices, 'or')}" if len(choices) > 1 else text
    )


def local_variable(source: str) -> Refusal:
    """A variable that the generated class could not reach."""
    return Refusal(
        code="KC306", text=f"`{source}` is a tf.Variable that is not a module-level constant"
    )


def equality() -> Refusal:
    """``==`` means identity in Keras 3."""
    return Refusal(
        code="KC307", text="== on a KerasTensor compares identity in Keras 3; use tf.equal"
    )


def unsupported_syntax(what: str) -> Refusal:
    """An expression whose parts cannot be moved."""
    return Refusal(
        code="KC308", text=f"{what} inside a raw expression cannot be moved into a layer"
    )


def changed_later(name: str) -> Refusal:
    """A value that may be a list or an array, which is changed in place after the op."""
    text = f"`{name}` is changed in place after the op has taken it; change a copy of it"
    return Refusal(code="KC308", text=text)


def in_another_order(first: str, second: str) -> Refusal:
    """A layer is given its values before its operands, and one changes what the other reads."""
    text = (
        f"a layer would be given `{first}` before `{second}` is evaluated, and one of them changes"
        f" what the other one reads; give `{second}` a name in front of that"
    )
    return Refusal(code="KC308", text=text)


def unsupported_assignment() -> Refusal:
    """A value whose statement takes it in a way that no layer can take over."""
    return Refusal(code="KC308", text="this assignment cannot be moved into a layer alone")


def inside_string(source: str) -> Refusal:
    """A tensor in an f-string: only its text is used."""
    return Refusal(
        code="KC308", text=f"`{source}` stands in an f-string; give it a name in front of that"
    )


def no_edit(problem: str) -> Refusal:
    """The source has no place for the edit that was planned."""
    return Refusal(code="KC308", text=f"no edit fits there: {problem}")


def library_code(dotted: str) -> Refusal:
    """Keras's own code applies the raw ops."""
    return Refusal(
        code="KC309", text=f"the raw ops are inside `{dotted}`; call it in a layer of your own"
    )


def not_equal(reason: str) -> Refusal:
    """Every plan changed what the model computes or its weight order."""
    return Refusal(code="KC310", text=f"no rewrite passed verification: {reason}")


def not_exercised() -> Refusal:
    """No verified model runs this code."""
    return Refusal(
        code="KC311", text="no model that was built runs this code; give a --build that does"
    )


def not_reached(files: int) -> Refusal:
    """No verified model runs this code, and there was no time to look in so many ``files``."""
    more = "1 more file" if files == 1 else f"{files} more files"
    return Refusal(
        code="KC311",
        text=f"no model that was built runs this code, and {more} could not be run in time; "
        "give a --build that does, or more `time-limit` in pyproject.toml",
        is_for_now=True,
    )


def ended_before() -> Refusal:
    """The run was ended before it came to this code."""
    return Refusal(
        code="KC311", text="the run was ended before this was verified; run again", is_for_now=True
    )


def applied_by_keras_3() -> Refusal:
    """No raw op is made there under Keras 3, and none is asked for under Keras 2."""
    return Refusal(code="KC311", text="Keras 3 applies its own ops there, so it may stay")


def declined() -> Refusal:
    """The user was asked, and wants it as it is."""
    return Refusal(code=BY_CHOICE, text="you left it as it is")


def undecided() -> Refusal:
    """The user ended the questions before this one."""
    return Refusal(code=BY_CHOICE, text="the questions ended before this one")


def not_asked() -> Refusal:
    """It was not known when the user was asked."""
    return Refusal(
        code=BY_CHOICE, text="only a run shows it, so there was no question; rewrite the file again"
    )


def in_loss(function: str, source: str) -> Refusal:
    """A loss or metric that a model is compiled with reads a symbolic tensor of the model."""
    return Refusal(
        code=IN_LOSS,
        text=f"the loss or metric `{function}` reads the symbolic tensor `{source}`; compute it in "
        "the `call` of a layer that calls `self.add_loss`",
    )


def mixed_container(source: str) -> Refusal:
    """A list that holds symbolic tensors and other values."""
    return Refusal(code="KC312", text=f"`{source}` holds symbolic tensors and other values")


def composite(key: str) -> Refusal:
    """One call that Keras 2 expands to several layers: alone it could move weights."""
    return Refusal(
        code="KC313", text=f"{key} is several layers in Keras 2; rewrite it with verification"
    )


def found_at_run_time(source: str, key: str) -> Refusal:
    """A run made a raw op where the analysis sees none, and the source does not name it."""
    advice = "name the function, or give its file too"
    if ".compute_mask(" in source:
        advice = "Keras 3 makes its own op there, so it may stay"
    return Refusal(code="KC305", text=f"found at run time: `{source}` makes {key} here; {advice}")


def open_function(source: str, keys: Sequence[str], others: bool) -> Refusal:
    """Callers choose which function it is, and no layer may hold one of them.

    ``keys`` are the ops in sight; ``others`` says that there are other functions, or None.
    """
    choices = [
        key
        for key in keys
        if not key.endswith(CHOSEN_NAME) and key != tf_catalog.UNKNOWN_ACTIVATION
    ]
    unsaved = [key for key in choices if not tf_catalog.is_saved_by_name(key)]
    unnamed = [NOT_IN_SIGHT] * (tf_catalog.UNKNOWN_ACTIVATION in keys) + [NO_OP] * others
    advice = "give it a name of its own first"
    if unsaved or unnamed:
        advice = f"no layer could save {'that' if unnamed else unsaved[0]} by name"
    choices += unnamed
    among = f" among {_listed(choices, 'and')}" if choices else ""
    return Refusal(code="KC314", text=f"callers choose the function `{source}`{among}; {advice}")


def _listed(names: Sequence[str], word: str) -> str:
    """All of ``names`` in words, of many the first ones."""
    *first, last = names
    if len(names) > MOST_CHOICES_TOLD:
        first, last = [*names[:MOST_CHOICES_TOLD]], f"{len(names) - MOST_CHOICES_TOLD} more"
        word = "and"
    return f"{', '.join(first)} {word} {last}" if first else last
