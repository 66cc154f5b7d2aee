"""A fault of the analysis is the result of one file, never the end of the run."""

from __future__ import annotations

import ast
from pathlib import Path

from codemod.api import rewrite_source
from codemod.settings import Settings
from tests.interpret.test_analysis_patterns import HEADER
from transforms.interpret.registry import Call, builtin
from transforms.interpret.state import State
from transforms.interpret.symbolic import analyse
from transforms.interpret.values import Value

BROKEN = (
    f"{HEADER}import broken_package\nx = keras.Input((3,))\ntf.abs(x)\nbroken_package.function()\n"
)
SOUND = f"{HEADER}x = keras.Input((3,))\ntf.abs(x)\n"


@builtin("broken_package.function")
def _broken(state: State, call: Call) -> Value:
    raise ZeroDivisionError("no such number")


def test_a_fault_is_told_with_its_line_and_changes_nothing() -> None:
    result = rewrite_source(BROKEN.encode(), Settings())
    assert result.rewritten == BROKEN.encode()
    assert [(hazard.code, hazard.span.line) for hazard in result.hazards] == [("KC207", 9)]
    assert "ZeroDivisionError: no such number; please report it" in result.hazards[0].message


def test_other_files_go_on() -> None:
    paths = {Path("/nonexistent/broken.py"): BROKEN, Path("/nonexistent/sound.py"): SOUND}
    analysis = analyse({path: text.encode() for path, text in paths.items()}, list(paths))
    assert {path.name for path in analysis.failures} == {"broken.py"}
    tree = analysis.modules[Path("/nonexistent/sound.py")].tree
    last = tree.body[-1]
    assert isinstance(last, ast.Expr)
    assert analysis.ops[last.value].keys == ("tf.abs",)
