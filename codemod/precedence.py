"""Which option wins: the command line, then ``pyproject.toml``, then the default."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import fields

from codemod.config import Config
from codemod.engine.builds import check_builds
from codemod.engine.resources import verification_jobs
from codemod.errors import CodemodError
from codemod.files.pages import check_page
from codemod.files.requirements import pin_to_keras_2
from codemod.settings import Command, Settings, Verbosity, View
from transforms.syntax.codes import Codes
from transforms.syntax.records import Generations


def chosen(given: Config, configured: Config) -> Config:
    """Each option as it was ``given``, or else as it is ``configured``."""
    values = {
        field.name: (
            getattr(configured, field.name)
            if getattr(given, field.name) is None
            else getattr(given, field.name)
        )
        for field in fields(Config)
    }
    return Config(**values)


def settings_of(
    command: Command,
    given: Config,
    configured: Config,
    lines: tuple[tuple[int, int], ...] = (),
    previews: bool = False,
    paths: Sequence[str] = (),
    draws: bool = False,
) -> Settings:
    """The settings of one run of ``command``; ``draws`` asks for the graphs of layers.

    ``previews`` says that ``rewrite`` writes no file: then only the command line asks for
    verification. ``paths`` are those given: what their project requires is asked where it matters.
    Raises :class:`CodemodError` where an interpreter cannot be run, or options exclude each other.
    """
    options = chosen(given, configured)
    check_builds(options.build or ())
    if options.capture is False and not options.build:
        raise CodemodError("--no-capture: nothing is run; name a model with --build")
    target = options.to or "layer"
    if target == "ops" and command != "verify":
        _check_generations(options.target, paths)
    verifies = command == "verify" or (
        command == "rewrite" and _verifies(given, configured, previews)
    )
    default_jobs = verification_jobs() if command == "rewrite" and verifies else 1
    return Settings(
        target=target,
        generations=options.target or ("keras3" if target == "ops" else "both"),
        operators=options.operators or "keep",
        lines=lines,
        python=_interpreter(options.python, "--python") if verifies else None,
        python_original=(
            _interpreter(options.python_original, "--python-original") if verifies else None
        ),
        device=options.device or "auto",
        builds=options.build or (),
        capture=options.capture is not False,
        arguments=_arguments(options.args),
        verify=verifies,
        accept=options.accept,
        jobs=1 if command == "verify" else options.jobs or default_jobs,
        time_limit=options.time_limit,
        memory_limit=options.memory_limit,
        codes=Codes(select=options.select or (), ignore=options.ignore or ()),
        exclude=options.exclude or (),
        force_exclude=bool(options.force_exclude),
        fix=tuple(dict.fromkeys(options.fix or ())) if command == "rewrite" else (),
        draws=draws,
        cache=options.cache is not False,
    )


def view_of(
    given: Config,
    configured: Config,
    verbosity: Verbosity,
    exit_zero: bool,
    page: str | None = None,
) -> View:
    """How the run is told.

    Raises :class:`CodemodError` where the page cannot be written: that is told before the work.
    """
    options = chosen(given, configured)
    if page is not None:
        check_page(page)
    return View(
        format=options.format or "text",
        color=options.color or "auto",
        verbosity=verbosity,
        exit_zero=exit_zero,
        page=page,
    )


def _check_generations(given: Generations | None, paths: Sequence[str]) -> None:
    """Raise an error where calls of ``keras.ops`` are to run under Keras 2."""
    advice = "Keras 2 has no keras.ops; use --target keras3, or --to layer"
    if given not in (None, "keras3"):
        raise CodemodError(f"--to ops --target {given}: {advice}")
    pin = pin_to_keras_2(paths) if given is None else None
    if pin is not None:
        raise CodemodError(f"--to ops: {pin}; {advice}")


def _verifies(given: Config, configured: Config, previews: bool) -> bool:
    if given.verify is not None:
        return given.verify
    return not previews and configured.verify is not False


def _arguments(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise CodemodError(f"--args {text}: {error}; quote it as in a shell") from error


def _interpreter(given: str | None, option: str) -> str | None:
    if given is None:
        return None
    found = shutil.which(os.path.expanduser(given))
    if found is None:
        raise CodemodError(f"{option} {given}: cannot be run; give the path of an interpreter")
    return os.path.abspath(found)  # Links stay: that of a virtual environment is its identity.
