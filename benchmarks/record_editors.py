"""Record editors with the settings of ``docs/editors.md``, as asciinema plays it.

``python -m benchmarks.record_editors FOLDER [vim|nvim|emacs...]`` writes a recording for each, of a
model that is rewritten there by its keys: findings, code action, hover, verdict, filter.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.record_terminal import record
from tests.support.command_line import ROOT
from tests.support.editors import snippet, surroundings

Keys = Sequence[tuple[float, str]]
MODEL = ROOT / "fixtures/seed_einsum/before.py"
NEOVIM: Keys = [
    (6.0, "/tf.einsum(\r"),
    (1.5, ":lua vim.lsp.buf.hover()\r"),
    (4.0, ":lua vim.lsp.buf.code_action()\r"),
    (2.0, "1\r"),
    (2.0, "u/tf.einsum(\r:lua vim.lsp.buf.code_action()\r"),
    (2.0, "8\r"),
    (25.0, ":messages\r"),
    (4.0, "\r:lua vim.lsp.buf.code_action()\r"),
    (2.0, "7\r"),
    (2.0, ":w\r"),
    (2.0, ":qa!\r"),
]
VIM: Keys = [
    (2.0, ":make\r"),
    (4.0, "\r:copen\r"),
    (3.0, ":cclose\r"),
    (2.0, "V:KerasCodemod\r"),
    (5.0, "u"),
    (2.0, ":%!keras-codemod rewrite -q --exit-zero --stdin-filename %:p:S -\r"),
    (5.0, ":qa!\r"),
]
EMACS: Keys = [
    (2.0, "\x1bxkeras-codemod\r"),
    (4.0, "\x13Einsum(name\r"),
    (3.0, "\x18\x03n"),
    (1.0, "yes\r"),
]


def started(editor: str, folder: Path) -> tuple[list[str], Keys]:
    """The command of an editor with its settings, and the keys for it."""
    if editor == "nvim":
        (folder / "init.lua").write_text(snippet("Neovim", "lua", 1))
        return ["nvim", "-u", "init.lua", "model.py"], NEOVIM
    if editor == "vim":
        settings = "set nocompatible\nfiletype plugin on\nsyntax on\n" + snippet("Vim", "vim")
        (folder / "vimrc").write_text(settings)
        return ["vim", "-u", "vimrc", "model.py"], VIM
    (folder / "init.el").write_text(snippet("Emacs", "elisp", 1))
    return ["emacs", "-nw", "-q", "-l", "init.el", "model.py"], EMACS


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the recordings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("editors", nargs="*", default=["nvim", "vim", "emacs"])
    given = parser.parse_args(arguments)
    for editor in given.editors:
        if shutil.which(editor) is None:
            print(f"{editor} is not installed")
            continue
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            shutil.copy(MODEL, folder / "model.py")
            command, keys = started(editor, folder)
            recording = record(command, folder, keys, surroundings(folder / "home"))
        # Where this checkout stands is nobody's business.
        cast = recording.cast().replace(str(ROOT), "/src/keras-codemod").replace(name, "/project")
        (given.folder / f"{editor}.cast").write_text(cast)
        print(f"{editor}: {recording.events[-1][0]:.0f} s, exit status {recording.status}")


if __name__ == "__main__":
    main()
