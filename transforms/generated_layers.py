"""The target ``layer`` as a LibCST codemod command."""

from __future__ import annotations

from transforms.codemod_command import RewriteRawOps


class ExtractLayer(RewriteRawOps):
    """LibCST command: each raw op becomes a generated, serializable layer class."""

    DESCRIPTION = "Extract raw TensorFlow ops on symbolic Keras tensors into Layer subclasses."
    target = "layer"
