"""What ``--build`` is given: a call that makes a model, and the module in which it is evaluated."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from codemod.errors import CodemodError
from codemod.verify.child.protocol import MODEL_OF

EXAMPLE = "give a call, as 'build_model(classes=10)' or 'package.module:build_model()'"


@dataclass(frozen=True, kw_only=True)
class Build:
    """A call; ``module`` is empty where it is evaluated in the files that define its ``name``."""

    module: str
    expression: str
    name: str

    @classmethod
    def parsed(cls, text: str) -> Build:
        """The parts of ``text``."""
        head = text.partition("(")[0]
        module, colon, _ = head.partition(":")
        expression = text[len(module) + 1 :] if colon else text
        name = re.match(rf"\s*(?:{MODEL_OF}\(\s*)?(\w*)", expression)
        return cls(
            module=module.strip() if colon else "",
            expression=expression.strip(),
            name=name[1] if name else "",
        )


def check_builds(builds: tuple[str, ...]) -> None:
    """Raise an error for the first text that is no Python expression."""
    for text in builds:
        build = Build.parsed(text)
        try:
            ast.parse(build.expression, mode="eval")
        except (SyntaxError, ValueError) as error:
            reason = getattr(error, "msg", None) or str(error)
            raise CodemodError(
                f"--build {text!r}: is not a Python expression ({reason}); {EXAMPLE}"
            ) from error
        if build.module and not all(part.isidentifier() for part in build.module.split(".")):
            raise CodemodError(f"--build {text!r}: {build.module!r} is not a module; {EXAMPLE}")
