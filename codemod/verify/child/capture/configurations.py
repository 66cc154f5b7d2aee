"""Configurations of a project: files of settings, read as the packages for them do."""

from __future__ import annotations

import importlib
import json
import os
import re
from typing import Any, Dict

REFERENCE = re.compile(r"^\$\{([\w.]+)\}$")


class Settings(Dict[str, Any]):
    """A dictionary whose keys are attributes too, as of OmegaConf and EasyDict."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        for key, value in dict(*args, **kwargs).items():
            self[key] = value

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, Settings.of(value))

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    __setattr__ = __setitem__

    @staticmethod
    def of(value: Any) -> Any:
        """``value`` with its dictionaries as settings."""
        if isinstance(value, dict) and not isinstance(value, Settings):
            return Settings(value)
        if type(value) is list:
            return [Settings.of(item) for item in value]
        return value

    @staticmethod
    def merged(*parts: Any) -> "Settings":
        """All ``parts`` in one, the later ones over the earlier ones."""
        whole = Settings()
        for part in parts:
            for key, value in part.items():
                both = isinstance(value, dict) and isinstance(whole.get(key), dict)
                whole[key] = Settings.merged(whole[key], value) if both else value
        return whole


def read_configuration(path: str) -> Any:
    """What a file of settings holds; nothing where no package reads it."""
    with open(path) as file:
        text = file.read()
    if path.endswith(".json"):
        return json.loads(text)
    try:
        yaml: Any = importlib.import_module("yaml")
    except ImportError:
        return {}
    return yaml.safe_load(text) or {}


def composed(folder: str, name: str) -> Settings:
    """The configuration ``name`` with those that its list of defaults names, as Hydra has it."""
    path = os.path.join(folder, name if name.endswith((".yaml", ".yml")) else name + ".yaml")
    own = dict(read_configuration(path))
    parts = []
    for item in own.pop("defaults", None) or []:
        if isinstance(item, dict):
            for key, choice in item.items():
                group = str(key).replace("override ", "")
                if choice and os.path.exists(os.path.join(folder, group, "%s.yaml" % choice)):
                    parts.append({group: composed(os.path.join(folder, group), str(choice))})
        elif item != "_self_":
            parts.append(composed(folder, str(item)))
    whole = Settings.merged(*parts, own)
    _resolve(whole, whole)
    return whole


def _resolve(value: Settings, whole: Settings) -> None:
    """Put values in the place of references such as ``${model.width}``."""
    for key, item in value.items():
        if isinstance(item, Settings):
            _resolve(item, whole)
        found = REFERENCE.match(item) if isinstance(item, str) else None
        if found:
            target: Any = whole
            for part in found.group(1).split("."):
                target = target.get(part, item) if isinstance(target, dict) else item
            value[key] = target
