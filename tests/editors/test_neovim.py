"""Neovim with the language server, set up as ``docs/editors.md`` says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command_line import MODEL
from tests.support.editors import run_editor, skip_without, snippet

pytestmark = pytest.mark.tensorflow  # No editor starts in milliseconds.

SCRIPT = """
local function wait(what, condition)
  assert(vim.wait(60000, condition, 20), what .. " did not come")
end
local noted = {}
wait("diagnostics", function() return #vim.diagnostic.get(0) > 0 end)
for _, one in ipairs(vim.diagnostic.get(0)) do
  table.insert(noted, { one.lnum, one.col, one.severity, one.message, one.user_data.lsp.code })
end
local titles
vim.ui.select = function(items, options, choose)
  titles = vim.tbl_map(function(item) return (item[2] or item.action).title end, items)
  choose(items[1], 1)
end
vim.api.nvim_win_set_cursor(0, { 7, 10 })
local before = vim.api.nvim_buf_line_count(0)
vim.lsp.buf.code_action()
wait("the edit", function() return vim.api.nvim_buf_line_count(0) > before end)
local line = vim.api.nvim_win_get_cursor(0)[1]
vim.fn.writefile({ vim.fn.json_encode({
  diagnostics = noted, titles = titles, line = vim.fn.getline(line),
}) }, "noted")
vim.cmd("wall!")
"""


def test_a_code_action_from_neovim(tmp_path: Path) -> None:
    skip_without("nvim")
    (tmp_path / "init.lua").write_text(snippet("Neovim", "lua", 1))
    script = tmp_path / "script.lua"
    script.write_text(SCRIPT)
    file = tmp_path / "model.py"
    file.write_bytes(MODEL)
    command = ["nvim", "--headless", "-u", str(tmp_path / "init.lua"), str(file)]
    ending = ["-c", f"luafile {script}", "-c", "qall!"]
    said = run_editor(*command, *ending, home=tmp_path, folder=tmp_path)
    assert (tmp_path / "noted").exists(), said
    noted = json.loads((tmp_path / "noted").read_text())
    assert noted["diagnostics"] == [[6, 4, 2, 'tf.einsum could become Einsum "einsum"', "KC101"]]
    assert noted["titles"][:2] == ["Make this a layer", "Wrap in a named Lambda"]
    assert "Verify this file" in noted["titles"]
    # The cursor is still in the statement that it was in.
    assert noted["line"] == 'x = Einsum(name="einsum")(x)'
    assert "class Einsum(" in file.read_text()
