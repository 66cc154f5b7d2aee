"""What the LibCST codemod commands of the targets share."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
from libcst.codemod import CodemodCommand, SkipFile

from transforms.edits import EditError
from transforms.records import Target
from transforms.rewrite import rewrite_module


class RewriteRawOps(CodemodCommand):
    """Rewrites the raw ops of one module, unverified: one layer for each op."""

    target: Target = "layer"

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """Return ``tree`` with its raw ops rewritten; what is refused becomes a warning."""
        source = tree.bytes
        path = Path(self.context.filename or "module.py").absolute()
        try:
            rewritten, plan = rewrite_module(source, path, self.target)
        except EditError as error:
            raise SkipFile(str(error)) from error
        for site in plan.sites:
            if site.status == "refused":
                self.warn(f"{path.name}:{site.span.line}: {site.reason}")
        if rewritten == source:
            return tree
        return cst.parse_module(rewritten)
