"""Configuration files are read as the packages for them read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.verify.child.capture.configurations import Settings, composed, read_configuration


def test_keys_are_attributes_however_deep() -> None:
    settings = Settings.of({"net": {"width": 3}, "steps": [{"size": 1}]})
    assert (settings.net.width, settings["steps"][0].size) == (3, 1)
    settings.net.depth = {"most": 2}
    assert settings["net"]["depth"].most == 2
    with pytest.raises(AttributeError):
        _ = settings.net.missing


def test_later_settings_win_and_leave_the_others() -> None:
    merged = Settings.merged({"a": {"x": 1, "y": 2}, "b": 3}, {"a": {"x": 4}})
    assert merged == {"a": {"x": 4, "y": 2}, "b": 3}


def test_defaults_are_put_together_and_references_resolved(tmp_path: Path) -> None:
    pytest.importorskip("yaml")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "small.yaml").write_text("units: 4\nout: ${classes}\n")
    (tmp_path / "base.yaml").write_text("classes: 7\nseed: 1\n")
    (tmp_path / "config.yaml").write_text(
        "defaults:\n  - base\n  - model: small\n  - override hydra/launcher: x\nseed: 2\n"
    )
    assert composed(str(tmp_path), "config") == {
        "classes": 7,
        "seed": 2,
        "model": {"units": 4, "out": 7},
    }


def test_json_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"units": 4}')
    assert read_configuration(str(path)) == {"units": 4}
