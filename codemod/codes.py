"""The codes of findings and refusals: what each means, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Code:
    """What a code stands for: in a few words, in a sentence, and what to do about it."""

    title: str
    meaning: str
    advice: str


CODES: Mapping[str, Code] = MappingProxyType(
    {
        "KC001": Code(
            "a comment skips nothing",
            "There is no finding on the line of `# keras-codemod: skip`, or in the whole file of "
            "`skip-file`.",
            "Remove the comment.",
        ),
        "KC101": Code(
            "raw TensorFlow op on a symbolic tensor",
            "Keras 2 hides such an op in a nameless layer, and Keras 3 refuses it.",
            "Run `keras-codemod rewrite`, which makes a named layer of it.",
        ),
        "KC102": Code(
            "operator or slice on a symbolic tensor",
            "Keras 3 takes most of them; those that are told are the ones that it does not take.",
            "Run `keras-codemod rewrite`; with `--operators wrap` all of them become layers.",
        ),
        "KC103": Code(
            "keras.backend op on a symbolic tensor",
            "Keras 3 has most of these functions only below tf.keras.backend.",
            "Run `keras-codemod rewrite`, which makes a named layer of it.",
        ),
        "KC201": Code(
            "the op drops the batch dimension",
            "`predict` then joins the results of batches. A rewrite keeps that.",
            "Decide whether another axis is meant.",
        ),
        "KC202": Code(
            "a variable is captured outside any layer",
            "No layer tracks the variable: it is neither trained nor saved.",
            "Make it a weight of a layer of your own; old checkpoints will then lack it.",
        ),
        "KC203": Code(
            "a Lambda layer binds a name late",
            "The layer uses the value that the name has when it runs, not when it was made.",
            "Give the value to the layer with `arguments={...}`; `rewrite --fix hazards` does so "
            "where the model stays the same.",
        ),
        "KC204": Code(
            "== on a KerasTensor compares identity",
            "Keras 2 compares elements, Keras 3 compares identity and gives a Python bool.",
            "Write `tf.equal(x, y)`, or let `rewrite --fix hazards` do it.",
        ),
        "KC205": Code(
            "random numbers are drawn once and frozen into the model",
            "They are drawn when the model is built. A rewrite keeps that.",
            "For fresh noise use a layer such as `GaussianNoise`.",
        ),
        "KC206": Code(
            "Keras 3 cannot load this Lambda layer again",
            "A saved model with a Python lambda does not load under Keras 3.",
            "Give it a registered function, as `rewrite --fix hazards` does, or use a layer class.",
        ),
        "KC207": Code(
            "the analysis was cut short and may have missed raw ops",
            "The file takes more steps than the limit allows, or nests too deeply.",
            "Split the file, or move the builders into a module of their own.",
        ),
        "KC208": Code(
            "a Lambda that reads a symbolic tensor",
            "The tensor has no value where the Lambda runs.",
            "Give the Lambda a list of inputs, and the tensor among them.",
        ),
        "KC209": Code(
            "a layer that is also made on other tensors",
            "The code of a model also prepares data, or runs when a layer is called: a layer is "
            "made there each time, and gives the same.",
            "Write two functions where that is too slow.",
        ),
        "KC210": Code(
            "a layer of a raw op is asked for by its name",
            "Keras 2 names such layers after the op; a rewrite without verification names them "
            "otherwise.",
            "Rewrite with verification, which keeps names that code uses, or give the name to the "
            "new layer.",
        ),
        "KC211": Code(
            "a layer may be given for a function",
            "Callers choose the function that a new layer keeps; a layer that one gives is a layer "
            "of the model before, and a part of the new layer after, with its weights.",
            "Give functions, or apply a layer where `isinstance(act, layers.Layer)`.",
        ),
        "KC301": Code(
            "it is not certain that the tensor is symbolic",
            "The analysis does not guess; verification may confirm the site by a run.",
            "Give the files that define the function along with this one.",
        ),
        "KC302": Code(
            "symbolic in some calls only",
            "A layer takes no Python number, which the value may be in other calls; where it is a "
            "tensor in all of them, verification rewrites the site.",
            "Start with the first tensor, or add with `sum(features)`.",
        ),
        "KC303": Code(
            "the code also runs on other tensors",
            "A layer would be made there each time; verification may confirm the site by a run.",
            "Rewrite the file with verification, or write two functions, one for each use.",
        ),
        "KC304": Code(
            "an op that is never wrapped",
            "Prints and assertions have no result, and ragged members no equivalent in Keras 3.",
            "See the message; move the op into a layer of your own where it is needed.",
        ),
        "KC305": Code(
            "a function that cannot be saved by name",
            "The function that is called is not always the same op.",
            "Pass the name of an activation, or a layer.",
        ),
        "KC306": Code(
            "a variable that a class cannot reach",
            "Only a module-level variable that is never bound again can be used by its name.",
            "Move the variable to the module, or make it a weight of a layer.",
        ),
        "KC307": Code(
            "== inside a raw expression",
            "Its meaning differs between Keras 2 and Keras 3.",
            "Write `tf.equal(x, y)`.",
        ),
        "KC308": Code(
            "syntax that cannot be moved",
            "A binding, `await`, `yield`, `**options` or an unpacking would change its place.",
            "Write it in two statements.",
        ),
        "KC309": Code(
            "raw ops inside a library",
            "Keras's own code applies the ops.",
            "Call the function in the `call` of a layer of your own.",
        ),
        "KC310": Code(
            "no rewrite passed verification",
            "Every plan changed what the model computes or the order of its weights.",
            "The message names the model and the first difference; please report it.",
        ),
        "KC311": Code(
            "no built model runs this code",
            "The rewrite could not be checked, so it was not written.",
            "Build a model that uses the code with `--build 'my_module:build()'`.",
        ),
        "KC312": Code(
            "a list of symbolic tensors and other things",
            "A layer takes a list of tensors.",
            "Filter the list first.",
        ),
        "KC313": Code(
            "a call that is several layers in Keras 2",
            "Without verification nothing proves that one layer keeps the order of the weights.",
            "Rewrite the file with verification.",
        ),
        "KC314": Code(
            "callers choose the function",
            "A layer that holds one of the functions would be wrong for the others.",
            "Bind the function to a name first; the layer is then given it.",
        ),
        "KC315": Code(
            "a loss function that reads symbolic tensors",
            "It runs in training, where they have no value; a layer made there is no part of the "
            "model.",
            "Compute it in the `call` of a layer that calls `self.add_loss`.",
        ),
        "KC316": Code(
            "left by choice",
            "It was answered so with `--interactive`, or the questions ended before it.",
            "Run `keras-codemod rewrite` again to decide anew.",
        ),
        "KC401": Code(
            "a name that Keras 3 has not",
            "The import or attribute fails under Keras 3.",
            "See the message; `rewrite --fix keras3` writes what is exactly the same.",
        ),
        "KC402": Code(
            "an argument that Keras 3 does not take",
            "The call fails under Keras 3.",
            "See the message; `rewrite --fix keras3` writes what is exactly the same.",
        ),
        "KC403": Code(
            "an attribute or method that Keras 3 has not",
            "The object has no such member under Keras 3, or uses it in another way.",
            "See the message; `rewrite --fix keras3` writes what is exactly the same.",
        ),
        "KC404": Code(
            "something that silently means something else in Keras 3",
            "There is no error: the results, names or weights change.",
            "See the message.",
        ),
        "KC405": Code(
            "a file name that Keras 3 does not take",
            "Keras 3 wants other endings; whatever reads the file has to follow.",
            "Change the path where it is written and where it is read.",
        ),
    }
)


def title_of(code: str) -> str:
    """What a code stands for, in a few words."""
    return CODES[code].title if code in CODES else code


def is_prefix_of_a_code(text: str) -> bool:
    """Whether some code begins with ``text``."""
    return bool(text) and any(code.startswith(text) for code in CODES)
