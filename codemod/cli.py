"""The command line. It imports only what ``--help`` needs; the commands import the rest."""

from __future__ import annotations

import sys
from collections.abc import Sequence
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
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
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
            "--version",
            "-V",
            callback=_print_version,
            is_eager=True,
            help="Print the version and exit.",
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
    target: options.Generations = None,
    operators: options.Operators = None,
    fix: options.Fix = None,
    interactive: options.Interactive = False,
    diff: options.Diff = False,
    check: options.Check = False,
    verify: options.Verify = None,
    accept: options.Accept = None,
    build: options.Build = None,
    capture: options.Capture = None,
    arguments: options.Arguments = None,
    python: options.Python = None,
    python_original: options.PythonOriginal = None,
    device: options.Device = None,
    lines: options.Lines = None,
    add_skip: options.AddSkip = False,
    stdin_filename: options.StdinFilename = None,
    report_format: options.ReportFormat = None,
    html: options.Html = None,
    jobs: options.Jobs = None,
    shard: options.Shard = None,
    executor: options.Executor = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    exclude: options.Exclude = None,
    force_exclude: options.ForceExclude = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    color: options.Color = None,
    exit_zero: options.ExitZero = False,
    cache: options.Cache = None,
    clear_cache: options.ClearCache = False,
) -> None:
    """Rewrite in place, each file only when verified."""
    from_stdin = options.reads_stdin(paths, stdin_filename)
    if interactive:
        others = {"the path -": from_stdin, "--diff": diff, "--check": check, "--fix": fix}
        options.check_interactive(others)
    ranges = options.parse_lines(lines)
    selected = options.parse_codes(select, "--select")
    ignored = options.parse_codes(ignore, "--ignore")
    fixes = options.parse_fixes(fix)
    verbosity = options.verbosity_of(quiet, verbose)

    from codemod.guard import exit_with

    def run() -> int:
        from dataclasses import replace

        from codemod import commands
        from codemod.config import Config, load_config
        from codemod.errors import CodemodError
        from codemod.precedence import settings_of, view_of
        from codemod.scale.asked import check_verifies, cluster_of, shard_of

        given = Config(
            to=to,
            target=target,
            operators=operators,
            fix=fixes,
            verify=verify,
            accept=accept,
            build=tuple(build) if build else None,
            capture=capture,
            args=arguments,
            python=python,
            python_original=python_original,
            device=device,
            format=report_format,
            jobs=jobs,
            select=selected,
            ignore=ignored,
            exclude=tuple(exclude) if exclude else None,
            force_exclude=force_exclude,
            color=color,
            cache=cache,
        )
        part = shard_of(shard, from_stdin)
        alone = {"the path -": from_stdin, "--interactive": interactive, "--fix": fixes}
        cluster = cluster_of(executor, alone)
        places = [stdin_filename or "."] if from_stdin else paths
        preview = commands.Preview(diff, check, interactive)
        if interactive:
            from codemod.interactive.terminal import check_terminal

            check_terminal()
        previews = from_stdin or diff or check
        if clear_cache:
            commands.clear_cache()
        try:
            configured = load_config(places)
            settings = settings_of(
                "rewrite", given, configured, ranges, previews, places, draws=html is not None
            )
            settings = replace(settings, add_skip=add_skip)
            check_verifies(cluster, settings)
        except CodemodError:
            if from_stdin:
                commands.pass_stdin_on(preview)
            raise
        view = view_of(given, configured, verbosity, exit_zero, html)
        if from_stdin:
            return commands.rewrite_stdin(stdin_filename, settings, preview, view)
        return commands.rewrite_paths(paths, settings, preview, view, part, cluster)

    exit_with(run)


@app.command(epilog=EXIT_STATUS)
def check(
    paths: options.Paths,
    *,
    to: options.Target = None,
    target: options.Generations = None,
    operators: options.Operators = None,
    lines: options.Lines = None,
    stdin_filename: options.StdinFilename = None,
    report_format: options.ReportFormat = None,
    html: options.Html = None,
    jobs: options.Jobs = None,
    shard: options.Shard = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    exclude: options.Exclude = None,
    force_exclude: options.ForceExclude = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    color: options.Color = None,
    exit_zero: options.ExitZero = False,
    cache: options.Cache = None,
    clear_cache: options.ClearCache = False,
) -> None:
    """List raw ops and hazards; write nothing."""
    from_stdin = options.reads_stdin(paths, stdin_filename)
    ranges = options.parse_lines(lines)
    selected = options.parse_codes(select, "--select")
    ignored = options.parse_codes(ignore, "--ignore")
    verbosity = options.verbosity_of(quiet, verbose)

    from codemod.guard import exit_with

    def run() -> int:
        from codemod import commands
        from codemod.config import Config, load_config
        from codemod.precedence import settings_of, view_of
        from codemod.scale.asked import shard_of

        given = Config(
            to=to,
            target=target,
            operators=operators,
            format=report_format,
            jobs=jobs,
            select=selected,
            ignore=ignored,
            exclude=tuple(exclude) if exclude else None,
            force_exclude=force_exclude,
            color=color,
            cache=cache,
        )
        part = shard_of(shard, from_stdin)
        places = [stdin_filename or "."] if from_stdin else paths
        if clear_cache:
            commands.clear_cache()
        configured = load_config(places)
        settings = settings_of("check", given, configured, ranges, paths=places)
        view = view_of(given, configured, verbosity, exit_zero, html)
        if from_stdin:
            return commands.check_stdin(stdin_filename, settings, view)
        return commands.check_paths(paths, settings, view, part)

    exit_with(run)


@app.command(epilog=EXIT_STATUS)
def verify(
    old: options.OldFile,
    new: options.NewFile,
    *,
    target: options.Generations = None,
    build: options.Build = None,
    capture: options.Capture = None,
    arguments: options.Arguments = None,
    python: options.Python = None,
    python_original: options.PythonOriginal = None,
    device: options.Device = None,
    report_format: options.ReportFormat = None,
    html: options.Html = None,
    shard: options.Shard = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    color: options.Color = None,
    exit_zero: options.ExitZero = False,
) -> None:
    """Verify a rewrite made by hand or by another tool."""
    verbosity = options.verbosity_of(quiet, verbose)

    from codemod.guard import exit_with

    def run() -> int:
        from codemod import commands
        from codemod.config import Config, load_config
        from codemod.precedence import settings_of, view_of
        from codemod.scale.asked import shard_of

        given = Config(
            target=target,
            build=tuple(build) if build else None,
            capture=capture,
            args=arguments,
            python=python,
            python_original=python_original,
            device=device,
            format=report_format,
            color=color,
        )
        part = shard_of(shard)
        configured = load_config([new])
        settings = settings_of("verify", given, configured, draws=html is not None)
        view = view_of(given, configured, verbosity, exit_zero, html)
        return commands.verify_files(old, new, settings, view, part)

    exit_with(run)


reports = typer.Typer(
    help="Work with JSON reports of earlier runs.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(reports, name="report")


@reports.callback()
def _reports() -> None:
    # Without it the only command of the group would have no name.
    return


@reports.command(epilog=EXIT_STATUS)
def merge(
    files: options.Reports,
    *,
    report_format: options.ReportFormat = None,
    html: options.Html = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    color: options.Color = None,
    exit_zero: options.ExitZero = False,
) -> None:
    """Join the JSON reports of the shards of a run into the report of one run."""
    verbosity = options.verbosity_of(quiet, verbose)

    from codemod.guard import exit_with

    def run() -> int:
        from codemod import commands
        from codemod.config import Config
        from codemod.precedence import view_of

        given = Config(format=report_format, color=color)
        return commands.merge_reports(files, view_of(given, Config(), verbosity, exit_zero, html))

    exit_with(run)


@app.command()
def explain(codes: options.ToExplain = None) -> None:
    """Explain codes of findings, hazards and refusals, with examples."""
    from codemod.guard import exit_with

    def run() -> int:
        from codemod.reports.explained import explained

        typer.echo(explained(codes or []), nl=False)
        return 0

    exit_with(run)


@app.command()
def lsp(stdio: options.Stdio = False, client: options.ClientProcess = None) -> None:
    """Language server on standard input and output."""
    from codemod.guard import exit_with

    def run() -> int:
        from importlib.util import find_spec

        from codemod.errors import CodemodError

        if find_spec("pygls") is None:
            raise CodemodError("lsp: pygls is not installed; install keras-codemod[lsp]")
        from codemod.language_server.serving import serve

        serve()

    exit_with(run)


def main() -> None:
    """Run the command line of this process; always raises ``SystemExit``.

    ``@file`` stands for the arguments in that file, one in each line.
    """
    from codemod.guard import occupy_closed_streams

    occupy_closed_streams()
    app(args=_with_files_of_arguments(sys.argv[1:]), prog_name="keras-codemod")


def _with_files_of_arguments(given: Sequence[str]) -> list[str]:
    arguments: list[str] = []
    for text in given:
        if not text.startswith("@"):
            arguments.append(text)
            continue
        try:
            with open(text[1:], encoding="utf-8") as file:
                arguments += [line.strip() for line in file if line.strip()]
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8"
            sys.exit(_bad_usage(f"{text}: cannot be read ({reason}); for a path, give ./{text}"))
    return arguments


def _bad_usage(text: str) -> int:
    print(f"keras-codemod: {text}", file=sys.stderr)
    return 2
