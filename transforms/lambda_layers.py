"""The target ``lambda`` as a LibCST codemod command."""

from __future__ import annotations

from transforms.codemod_command import RewriteRawOps


class WrapInLambda(RewriteRawOps):
    """LibCST command: each raw op becomes a named ``Lambda`` layer."""

    DESCRIPTION = "Wrap raw TensorFlow ops on symbolic Keras tensors in named Lambda layers."
    target = "lambda"
