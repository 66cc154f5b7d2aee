"""The options of the commands, as annotations that Typer reads."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, get_args

import typer

from codemod import settings, verdict
from codemod.codes import is_prefix_of_a_code
from transforms.syntax import records

Paths = Annotated[
    list[str],
    typer.Argument(metavar="PATH...", help="Files, folders, or - for standard input."),
]
ToExplain = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CODE]...", help="Codes as the reports have them, such as KC101; none lists all."
    ),
]
Target = Annotated[
    records.Target | None,
    typer.Option(
        "--to",
        help="What raw ops become: generated layers, Lambda layers, or, for Keras 3 alone, "
        "functions of keras.ops. Default: layer.",
    ),
]
Generations = Annotated[
    records.Generations | None,
    typer.Option(
        "--target",
        help="The Keras that the rewritten source is for. Default: both; with --to ops: keras3.",
    ),
]
Operators = Annotated[
    records.Operators | None,
    typer.Option(help="What to do with operators and slices that stand alone. Default: keep."),
]
Fix = Annotated[
    list[str] | None,
    typer.Option(
        help="What else to mend, repeatable: 'keras3', what stops under Keras 3 and has a text "
        "that is exactly the same and runs in both; 'hazards', what can be said more safely with "
        "the same models. Default: nothing, it is only told.",
    ),
]
Interactive = Annotated[
    bool,
    typer.Option(
        "--interactive",
        "-i",
        help="Show the diff of each new layer and ask: yes, no, another target, another name.",
    ),
]
Diff = Annotated[
    bool,
    typer.Option("--diff", "--dry-run", help="Print a unified diff, write nothing."),
]
Check = Annotated[
    bool,
    typer.Option("--check", help="Write nothing; exit 1 when something would change."),
]
Verify = Annotated[
    bool | None,
    typer.Option(
        "--verify/--no-verify",
        help="Build and compare the models, and write only what is the same. Default: on for "
        "files, off for standard input and with --diff or --check.",
    ),
]
Accept = Annotated[
    verdict.Accepted | None,
    typer.Option(
        help="Also write what is not proved: 'bitwise', the same bits on all samples, though the "
        "graphs differ. Default: only what is proved, or equal by exact rules.",
    ),
]
Build = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CALL",
        help="How to build a model: 'build_model(classes=10)' or 'pkg.module:build_model()'. "
        "Without a module it is run in each file that defines it. Repeatable. These models are "
        "verified beside those that the files make.",
    ),
]
Arguments = Annotated[
    str | None,
    typer.Option(
        "--args",
        metavar="TEXT",
        help="The command line of scripts that are run: --args 'data.csv --width 8'. "
        "Default: made up, a value of its type for each argument that a script requires.",
    ),
]
Capture = Annotated[
    bool | None,
    typer.Option(
        "--capture/--no-capture",
        help="Run the files and verify the models that they make, or those of --build alone. "
        "Default: on.",
    ),
]
Python = Annotated[
    str | None,
    typer.Option(
        metavar="PATH",
        help="The interpreter whose TensorFlow verifies. Default: the project's virtual "
        "environment, else this one.",
    ),
]
PythonOriginal = Annotated[
    str | None,
    typer.Option(
        metavar="PATH",
        help="An interpreter with the project's old TensorFlow: original and rewrite are compared "
        "there, and the rewrite is run under the Keras 3 of --python. Default: --python.",
    ),
]
Device = Annotated[
    verdict.Device | None,
    typer.Option(help="Where the models are run. Default: auto, the GPU where there is one."),
]
Lines = Annotated[
    list[str] | None,
    typer.Option(
        metavar="A:B", help="Only statements that touch lines A to B of one file. Repeatable."
    ),
]
StdinFilename = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The name of what comes on standard input."),
]
ReportFormat = Annotated[
    settings.Format | None,
    typer.Option(
        "--format",
        help="The format of the report. Default: text. Only text goes with the diff of --diff.",
    ),
]
Html = Annotated[
    str | None,
    typer.Option(
        "--html",
        metavar="FILE",
        help="Also write a page with the verdicts, the diffs and the graphs of the models.",
    ),
]
Executor = Annotated[
    str | None,
    typer.Option(
        "--executor",
        metavar="dask=ADDRESS",
        help="Let the workers of a Dask cluster verify: dask=tcp://host:8786. Files are written "
        "here. Default: this machine alone.",
    ),
]
Shard = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="I/N",
        help="Only part I of N of the files, for as many jobs of CI: each file is in one of them. "
        "'report merge' joins the reports of --format json.",
    ),
]
Reports = Annotated[
    list[str], typer.Argument(metavar="REPORT...", help="JSON reports of all shards of a run.")
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        metavar="N",
        help="Files verified at once (default: one for each processor); processes of check.",
    ),
]
Select = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CODES", help="Only findings whose codes begin so, as KC1,KC303. Repeatable."
    ),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option(metavar="CODES", help="No findings whose codes begin so. Repeatable."),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(
        metavar="GLOB",
        help="Leave out what matches, as a line of .gitignore in each folder given. Repeatable.",
    ),
]
ForceExclude = Annotated[
    bool | None,
    typer.Option(
        "--force-exclude", help="Let --exclude count for files that are named one by one too."
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Tell only what is found, or what is left for you."),
]
Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Tell each expression, each model, each assumption."),
]
Color = Annotated[
    settings.Color | None,
    typer.Option(help="Colours in the text report. Default: auto, on terminals."),
]
AddSkip = Annotated[
    bool,
    typer.Option(
        "--add-skip",
        help="Put `# keras-codemod: skip` on the lines of what is refused, so that it is not told "
        "again.",
    ),
]
Cache = Annotated[
    bool | None,
    typer.Option(
        "--cache/--no-cache",
        help="Tell again what an earlier run has found, where nothing has changed since that it "
        "depends on. Default: on.",
    ),
]
ClearCache = Annotated[
    bool,
    typer.Option("--clear-cache", help="Forget first what all earlier runs have found."),
]
ExitZero = Annotated[
    bool,
    typer.Option("--exit-zero", help="Exit with 0 whatever is found; not where input is bad."),
]
# Both are given by clients of Visual Studio Code, and say nothing new.
Stdio = Annotated[bool, typer.Option("--stdio", hidden=True)]
ClientProcess = Annotated[int | None, typer.Option("--clientProcessId", hidden=True)]
OldFile = Annotated[str, typer.Argument(metavar="OLD", help="The original file.")]
NewFile = Annotated[str, typer.Argument(metavar="NEW", help="The rewritten file.")]


def reads_stdin(paths: Sequence[str], stdin_filename: str | None) -> bool:
    """Whether ``paths`` is standard input; a usage error where it stands among others."""
    if "-" not in paths:
        if stdin_filename is not None:
            raise typer.BadParameter("goes with the path -", param_hint="--stdin-filename")
        return False
    if len(paths) > 1:
        raise typer.BadParameter("- cannot be given together with other paths", param_hint="PATH")
    return True


def parse_fixes(given: Sequence[str] | None) -> tuple[settings.Fix, ...] | None:
    """Return what is to be mended; a usage error where nothing is called so."""
    choices = get_args(settings.Fix)
    for name in given or ():
        if name not in choices:
            names = ", ".join(map(repr, choices))
            raise typer.BadParameter(f"{name!r} is not one of {names}.", param_hint="--fix")
    return tuple(choice for choice in choices if choice in given) if given else None


def check_interactive(others: Mapping[str, object]) -> None:
    """A usage error where one of ``others``, by name, is given beside ``--interactive``."""
    for name, given in others.items():
        if given:
            raise typer.BadParameter(f"does not go with {name}", param_hint="--interactive")


def verbosity_of(quiet: bool, verbose: bool) -> settings.Verbosity:
    """How much is told; a usage error where both are asked for."""
    if quiet and verbose:
        raise typer.BadParameter("does not go with --verbose", param_hint="--quiet")
    return "quiet" if quiet else "verbose" if verbose else "normal"


def parse_codes(given: Sequence[str] | None, option: str) -> tuple[str, ...] | None:
    """Return prefixes of codes, separated by commas; a usage error where no code begins so."""
    if given is None:
        return None
    codes = tuple(code.strip() for text in given for code in text.split(",") if code.strip())
    for code in codes:
        if not is_prefix_of_a_code(code):
            raise typer.BadParameter(f"no code begins with {code!r}", param_hint=option)
    return codes


def parse_lines(given: Sequence[str] | None) -> tuple[tuple[int, int], ...]:
    """Return inclusive 1-based line ranges; a usage error where one is not ``A:B``."""
    ranges = []
    for text in given or ():
        match = re.fullmatch(r"(\d+):(\d+)", text)
        first, last = (int(match[1]), int(match[2])) if match else (0, 0)
        if not 1 <= first <= last:
            message = f"{text!r} is not A:B, the first line and the last, counted from 1"
            raise typer.BadParameter(message, param_hint="--lines")
        ranges.append((first, last))
    return tuple(ranges)
