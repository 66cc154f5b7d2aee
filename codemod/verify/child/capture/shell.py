"""What notebooks call beside Python: magics and shell lines, which are left out and told."""

from __future__ import annotations

from typing import Any, Callable, Dict

from ..told import told
from .module_names import NOTEBOOK
from .placeholders import Placeholder

NAME = "get_ipython"
QUIET = frozenset(["time", "capture", "pinfo", "this"])
"""Magics that leave nothing out: the code that they are about runs, or there is none."""
DISPLAY = "display"


def given_names(entry: str, shell: Shell) -> Dict[str, Any]:
    """What the code of ``entry`` finds, be it a notebook or a script that was made of one."""
    return shell.names() if entry.endswith(NOTEBOOK) else {NAME: shell}


class Shell:
    """Stands for IPython in code that was exported from a notebook, or is one.

    What a magic gives is a value that nobody knows.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note

    def __call__(self) -> "Shell":
        """What ``get_ipython()`` gives."""
        return self

    def names(self) -> Dict[str, Any]:
        """What every notebook finds there."""
        return {NAME: self, DISPLAY: lambda *args, **kwargs: None}

    def system(self, command: Any = "", *args: Any) -> Any:
        """``!command``."""
        return self._left_out("!%s" % command)

    def getoutput(self, command: Any = "", *args: Any) -> Any:
        """``name = !command``."""
        return self._left_out("!%s" % command)

    def run_line_magic(self, name: Any = "", line: Any = "", *args: Any) -> Any:
        """``%name line``."""
        return self._left_out(("%%%s %s" % (name, line)).strip(), name)

    def run_cell_magic(self, name: Any = "", line: Any = "", *args: Any) -> Any:
        """``%%name line``."""
        return self._left_out(("%%%%%s %s" % (name, line)).strip(), name)

    def magic(self, line: Any = "") -> Any:
        """``%line``, as older exports write it."""
        return self._left_out("%%%s" % line)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Placeholder("get_ipython().%s" % name, told("there is no IPython"))

    def _left_out(self, what: str, name: Any = "") -> Any:
        if name not in QUIET:
            self._note("`%s` was left out" % what)
        return Placeholder("what `%s` gives" % what, told("`%s` was left out" % what))
