"""The targets as LibCST codemod commands."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
from libcst.codemod import CodemodCommand

from transforms.rewrite import rewrite_module
from transforms.syntax.records import Target


class RewriteRawOps(CodemodCommand):
    """Rewrites the raw ops of one module, unverified: one layer for each op."""

    target: Target = "layer"

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """Return ``tree`` with its raw ops rewritten; what is refused becomes a warning."""
        source = tree.bytes
        path = Path(self.context.filename or "module.py").absolute()
        rewritten, plan = rewrite_module(source, path, self.target)
        for site in plan.sites:
            if site.status == "refused":
                self.warn(f"{path.name}:{site.span.line}: {site.refusal}")
        if rewritten == source:
            return tree
        return cst.parse_module(rewritten)


class ExtractLayer(RewriteRawOps):
    """LibCST command: each raw op becomes a generated, serializable layer class."""

    DESCRIPTION = "Extract raw TensorFlow ops on symbolic Keras tensors into Layer subclasses."
    target = "layer"


class UseKerasOps(RewriteRawOps):
    """LibCST command: raw ops become functions of ``keras.ops`` where these are the same."""

    DESCRIPTION = "Write raw TensorFlow ops on symbolic Keras tensors with keras.ops, for Keras 3."
    target = "ops"


class WrapInLambda(RewriteRawOps):
    """LibCST command: each raw op becomes a named ``Lambda`` layer."""

    DESCRIPTION = "Wrap raw TensorFlow ops on symbolic Keras tensors in named Lambda layers."
    target = "lambda"
