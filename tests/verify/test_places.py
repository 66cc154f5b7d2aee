"""Real paths of many files at once are those of each alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codemod.verify.child.sandbox.places import real_path, real_paths


def test_many_paths_are_resolved_like_each_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "package"
    inner = package / "inner"
    inner.mkdir(parents=True)
    (inner / "module.py").write_text("")
    (tmp_path / "linked").symlink_to(package)
    (inner / "other.py").symlink_to("module.py")
    (inner / "round.py").symlink_to("round.py")
    (inner / "up").symlink_to("..")
    monkeypatch.chdir(tmp_path)
    below = ("", "/module.py", "/other.py", "/round.py", "/missing.py", "/up/inner/module.py")
    folders = (f"{package}/inner", f"{tmp_path}/linked/inner", "linked/inner", "package/./inner")
    paths = [folder + name for folder in folders for name in below]
    paths += [f"{inner}/.", f"{inner}/..", f"{inner}//module.py", "package", ".", "/", "//x", ""]
    paths += ["/proc/self/exe", f"/proc/{os.getpid()}/cwd/package"]
    assert real_paths(paths) == {path: real_path(path) for path in paths}
    assert real_path("linked/inner/other.py") == os.path.realpath(inner / "module.py")
