"""Packages that read command lines and configurations for a script: they get what they ask for.

Where one is not installed, a small module stands for it: scripts use little of them.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
import os
import sys
import types
from typing import Any, Callable, Dict, List

from .configurations import Settings, composed, read_configuration
from .made_up_arguments import argument_text
from .parameters import Use

Note = Callable[[str], None]


def install(sources: Dict[str, bytes], folders: List[str], note: Note) -> None:
    """Prepare the packages that ``sources`` mention; files come from ``folders``."""
    for name, prepare in FRONT_ENDS.items():
        if any(name.encode() in content for content in sources.values()):
            prepare(folders, note)


def _is_installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _prepare_click(folders: List[str], note: Note) -> None:
    if not _is_installed("click"):
        return
    click = importlib.import_module("click")

    def main(self: Any, *args: Any, **kwargs: Any) -> Any:
        return _run_command(click, self, folders, note)

    holders = [click.core.Command]
    if _is_installed("typer"):
        core = importlib.import_module("typer.core")
        holders += [core.TyperCommand, core.TyperGroup]
    for holder in holders:
        holder.main = main


def _run_command(click: Any, command: Any, folders: List[str], note: Note) -> Any:
    """Run a command with values for what it requires; of a group, each command."""
    inner = getattr(command, "commands", None)
    if inner:
        return [_run_command(click, item, folders, note) for item in inner.values()][-1]
    words: List[str] = []
    for parameter in command.params:
        if not parameter.required:
            continue
        count = parameter.nargs if parameter.nargs > 0 else 1
        values = [_value_of(click, parameter, folders)] * count
        note("the argument %s was given the value %r" % (parameter.name, values[0]))
        is_option = isinstance(parameter, click.Option)
        words = [parameter.opts[0], *values, *words] if is_option else [*words, *values]
    context = command.make_context("script", words)
    with context:
        return command.invoke(context)


def _value_of(click: Any, parameter: Any, folders: List[str]) -> str:
    kind = parameter.type
    choices = getattr(kind, "choices", None)
    if choices:
        return str(getattr(choices[0], "value", choices[0]))
    use = Use()
    if isinstance(kind, (click.types.IntParamType, click.types.FloatParamType)):
        use.kinds.add("number")
    elif isinstance(kind, (click.Path, click.File)):
        use.kinds.add("path")
    return argument_text(str(parameter.name), use, folders)


def _prepare_absl(folders: List[str], note: Note) -> None:
    if not _is_installed("absl"):
        return
    flags: Any = importlib.import_module("absl.flags")
    validators: Any = importlib.import_module("absl.flags._validators")

    def required(name: str, flag_values: Any = flags.FLAGS) -> None:
        flag = flag_values[name]
        if flag.value is None:
            kind = getattr(flag.parser, "syntactic_help", "") + flag.flag_type()
            choices = getattr(flag.parser, "enum_values", None)
            use = Use({"number"} if "int" in kind or "float" in kind else set())
            text = str(choices[0]) if choices else argument_text(name, use, folders)
            note("the flag %s was given the value %r" % (name, text))
            flag_values.set_default(name, text)

    def all_required(names: Any, flag_values: Any = flags.FLAGS) -> None:
        for name in names:
            required(name, flag_values)

    for holder in (flags, validators):
        holder.mark_flag_as_required = required
        holder.mark_flags_as_required = all_required
    read = flags.FlagValues.__getattr__

    def read_unparsed(self: Any, name: str) -> Any:
        # Code that is imported, or called, reads flags that no command line was parsed for.
        if not name.startswith("__") and not self.is_parsed():
            self.mark_as_parsed()
        return read(self, name)

    flags.FlagValues.__getattr__ = read_unparsed


def _prepare_fire(folders: List[str], note: Note) -> None:
    """What it would call is called where it shows something: see ``explored``."""
    if _is_installed("fire"):
        fire: Any = importlib.import_module("fire")
        fire.Fire = lambda *args, **kwargs: None
    else:
        _stand_in("fire", note, Fire=lambda *args, **kwargs: None)


def _prepare_hydra(folders: List[str], note: Note) -> None:
    if _is_installed("hydra"):
        return

    def main(
        config_path: Any = None, config_name: Any = None, version_base: Any = None
    ) -> Callable[..., Any]:
        def decorate(function: Any) -> Any:
            @functools.wraps(function)
            def run(*args: Any, **kwargs: Any) -> Any:
                if args or kwargs:
                    return function(*args, **kwargs)
                folder = os.path.dirname(inspect.getsourcefile(function) or "")
                place = os.path.join(folder, str(config_path or ""))
                return function(composed(place, str(config_name)))

            return run

        return decorate

    _stand_in("hydra", note, main=main)
    _prepare_omegaconf(folders, note)


def _prepare_omegaconf(folders: List[str], note: Note) -> None:
    if _is_installed("omegaconf"):
        return
    tools = types.SimpleNamespace(
        load=lambda path: Settings.of(read_configuration(str(path))),
        create=lambda value=None: Settings.of(value or {}),
        to_container=lambda value, **kwargs: value,
        to_yaml=lambda value, **kwargs: str(value),
        set_struct=lambda *args: None,
        register_new_resolver=lambda *args, **kwargs: None,
        merge=Settings.merged,
    )
    _stand_in("omegaconf", note, OmegaConf=tools, DictConfig=Settings, ListConfig=list)


def _prepare_easydict(folders: List[str], note: Note) -> None:
    if not _is_installed("easydict"):
        _stand_in("easydict", note, EasyDict=Settings)


def _stand_in(name: str, note: Note, **attributes: Any) -> None:
    if name not in sys.modules:
        module = types.ModuleType(name)
        module.__dict__.update(attributes)
        sys.modules[name] = module
        note("the package `%s` is not installed: a stand-in was used" % name)


FRONT_ENDS: Dict[str, Callable[[List[str], Note], None]] = {
    "click": _prepare_click,
    "typer": _prepare_click,
    "absl": _prepare_absl,
    "fire": _prepare_fire,
    "hydra": _prepare_hydra,
    "omegaconf": _prepare_omegaconf,
    "easydict": _prepare_easydict,
}
