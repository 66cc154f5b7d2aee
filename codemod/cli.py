"""The command line. It imports only what ``--help`` needs; the commands import the rest."""

from __future__ import annotations

from typing import Annotated

import typer

from codemod import options

EXIT_STATUS = """\b
Exit status, the highest that applies:
  0  done, nothing to say
  1  check: something was found; rewrite: something was refused, or
     with --check would change; verify: the same on all samples,
     and no proof
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
    accept: options.Accept = None,
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
        from codemod.config import Config, load_config
        from codemod.precedence import chosen, settings_of

        given = Config(
            to=to,
            operators=operators,
            verify=verify,
            accept=accept,
            build=tuple(build) if build else None,
            python=python,
            python_original=python_original,
            device=device,
            format=report_format,
            jobs=jobs,
        )
        configured = load_config([stdin_filename or "."] if from_stdin else paths)
        previews = from_stdin or diff or check
        settings = settings_of("rewrite", given, configured, ranges, previews)
        preview = commands.Preview(diff, check)
        form = chosen(given, configured).format or "text"
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
        from codemod.config import Config, load_config
        from codemod.precedence import chosen, settings_of

        given = Config(operators=operators, format=report_format, jobs=jobs)
        configured = load_config([stdin_filename or "."] if from_stdin else paths)
        settings = settings_of("check", given, configured, ranges)
        form = chosen(given, configured).format or "text"
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
        from codemod.config import Config, load_config
        from codemod.precedence import chosen, settings_of

        given = Config(
            build=tuple(build) if build else None,
            python=python,
            python_original=python_original,
            device=device,
            format=report_format,
        )
        configured = load_config([new])
        settings = settings_of("verify", given, configured)
        form = chosen(given, configured).format or "text"
        return commands.verify_files(old, new, settings, form)

    exit_with(run)


def main() -> None:
    """Run the command line of this process; always raises ``SystemExit``."""
    from codemod.guard import occupy_closed_streams

    occupy_closed_streams()
    app(prog_name="keras-codemod")
