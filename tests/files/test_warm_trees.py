"""Parsed files that are kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codemod.files.warm_trees import WarmTrees


def test_a_tree_is_kept_until_its_file_changes(tmp_path: Path) -> None:
    trees, path = WarmTrees(), tmp_path / "a.py"
    path.write_text("x = 1\n")
    first = trees[path]
    assert trees.get(path) is first
    path.write_text("y = 22\n")
    assert trees[path] is not first
    path.write_text("y = \n")
    assert trees.get(path) is None
    os.remove(path)
    with pytest.raises(KeyError):
        trees[path]
