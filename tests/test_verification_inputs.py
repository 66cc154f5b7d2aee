"""The inputs of a forward pass, as far as they need no TensorFlow."""

from __future__ import annotations

from codemod.verify.child.inputs import token_limits


class Embedding:
    """A layer of the user's own that has the name of Keras's."""


class Dense:
    input_dim = 3


def test_tokens_stay_below_the_smallest_embedding() -> None:
    small, large = Embedding(), Embedding()
    small.input_dim, large.input_dim = 7, 50  # type: ignore[attr-defined]
    assert token_limits([large, Dense(), small])[0] == 7


def test_a_layer_named_embedding_without_a_vocabulary_limits_nothing() -> None:
    assert token_limits([Embedding(), Dense()]) == token_limits([])
