"""The command line. It imports only what ``--help`` needs; the commands import the rest."""

from __future__ import annotations

import os
import shutil
from typing import Annotated

import typer

from codemod import options
from codemod.errors import CodemodError

EXIT_STATUS = """\b
Exit status, the highest that applies:
  0  done, nothing to say
  1  check: something was found; rewrite: something was refused, or
     with --check would change
  2  bad usage, or a path that could not be read, parsed or written
  3  a verification failed; that file is untouched
"""

app = typer.Typer(
    help="Rewrite raw TensorFlow ops in functional Keras models into named layers, and verify it.",
    epilog=EXIT_STATUS,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from codemod.version import installed_version

        typer.echo(f"keras-codemod {installed_version()}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    # Typer shows the help of the app itself here; the option acts in its callback.
    return


@app.command(epilog=EXIT_STATUS)
def rewrite(
    paths: options.Paths,
    *,
    to: options.Target = None,
    operators: options.Operators = None,
    diff: options.Diff = False,
    check: options.Check = False,
    verify: options.Verify = None,
    build: options.Build = None,
    python: options.Python = None,
    python_original: options.PythonOriginal = None,
    device: options.Device = None,
    lines: options.Lines = None,
    stdin_filename: options.StdinFilename = None,
    report_format: options.ReportFormat = None,
    jobs: options.Jobs = None,
) -> None:
    """Rewrite in place, each file only when verified."""
    from_stdin = options.reads_stdin(paths, stdin_filename)
    ranges = options.parse_lines(lines)

    from codemod.guard import exit_with

    def run() -> int:
        from codemod import commands
        from codemod.config import load_config
        from codemod.engine import limits
        from codemod.results import Settings

        config = load_config([stdin_filename or "."] if from_stdin else paths)
        if verify is None:
            verifies = not (from_stdin or diff or check) and config.verify is not False
        else:
            verifies = verify
        settings = Settings(
            target=to or config.to or "layer",
            operators=operators or config.operators or "keep",
            lines=ranges,
            python=_interpreter(python or config.python) if verifies else None,
            python_original=_interpreter(
                python_original or config.python_original if verifies else None,
                "--python-original",
            ),
            device=device or config.device or "auto",
            builds=tuple(build or config.build or ()),
            verify=verifies,
            jobs=jobs or config.jobs or (limits.verification_jobs() if verifies else 1),
            time_limit=config.time_limit,
            memory_limit=config.memory_limit,
        )
        preview = commands.Preview(diff, check)
        form = report_format or config.format or "text"
        if from_stdin:
            return commands.rewrite_stdin(stdin_filename, settings, preview, form)
        return commands.rewrite_paths(paths, settings, preview, form)

    exit_with(run)


@app.command(epilog=EXIT_STATUS)
def check(
    paths: options.Paths,
    *,
    operators: options.Operators = None,
    lines: options.Lines = None,
    stdin_filename: options.StdinFilename = None,
    report_format: options.ReportFormat = None,
    jobs: options.Jobs = None,
) -> None:
    """List raw ops and hazards; write nothing."""
    from_stdin = options.reads_stdin(paths, stdin_filename)
    ranges = options.parse_lines(lines)

    from codemod.guard import exit_with

    def run() -> int:
        from codemod import commands
        from codemod.config import load_config
        from codemod.results import Settings

        config = load_config([stdin_filename or "."] if from_stdin else paths)
        settings = Settings(
            target=config.to or "layer",
            operators=operators or config.operators or "keep",
            lines=ranges,
            verify=False,
            jobs=jobs or config.jobs or 1,
            time_limit=config.time_limit,
            memory_limit=config.memory_limit,
        )
        form = report_format or config.format or "text"
        if from_stdin:
            return commands.check_stdin(stdin_filename, settings, form)
        return commands.check_paths(paths, settings, form)

    exit_with(run)


@app.command(epilog=EXIT_STATUS)
def verify(
    old: options.OldFile,
    new: options.NewFile,
    *,
    build: options.Build = None,
    python: options.Python = None,
    python_original: options.PythonOriginal = None,
    device: options.Device = None,
    report_format: options.ReportFormat = None,
) -> None:
    """Verify a rewrite made by hand or by another tool."""

    from codemod.guard import exit_with

    def run() -> int:
        from codemod import commands
        from codemod.config import load_config
        from codemod.results import Settings

        config = load_config([new])
        settings = Settings(
            python=_interpreter(python or config.python),
            python_original=_interpreter(
                python_original or config.python_original, "--python-original"
            ),
            device=device or config.device or "auto",
            builds=tuple(build or config.build or ()),
            time_limit=config.time_limit,
            memory_limit=config.memory_limit,
        )
        return commands.verify_files(old, new, settings, report_format or config.format or "text")

    exit_with(run)


def main() -> None:
    """Run the command line of this process; always raises ``SystemExit``."""
    app(prog_name="keras-codemod")


def _interpreter(given: str | None, option: str = "--python") -> str | None:
    if given is None:
        return None
    found = shutil.which(os.path.expanduser(given))
    if found is None:
        raise CodemodError(f"{option} {given}: cannot be run; give the path of an interpreter")
    return os.path.abspath(found)  # Links stay: that of a virtual environment is its identity.
