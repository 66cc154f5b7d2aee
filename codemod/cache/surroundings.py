"""What every answer depends on, whatever was asked: this tool, this machine, the variables."""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from codemod.cache.open_variables import reads_open_variables
from codemod.cache.trees import content_digest, digest, digest_of
from codemod.files.cache_folder import VARIABLE
from codemod.version import installed_version

PACKAGES = tuple(Path(__file__).parents[2] / name for name in ("codemod", "transforms"))
OF_THE_SESSION = frozenset(
    {
        *("_", "SHLVL", "PWD", "OLDPWD", "TERM", "COLORTERM", "COLUMNS", "LINES", "PS1", "PS2"),
        *("TERM_PROGRAM", "TERM_PROGRAM_VERSION", "TERM_SESSION_ID", "WINDOWID", "STY", "TMUX"),
        *("TMUX_PANE", "LS_COLORS", "LSCOLORS", "HISTFILE", "PAGER", "EDITOR", "VISUAL", "LESS"),
        *("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "TMPDIR", "TEMP", "TMP", "INVOCATION_ID"),
        *("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "MAIL"),
        *("PYTEST_CURRENT_TEST", "PYTEST_VERSION", "PYTEST_XDIST_WORKER", "HOSTNAME"),
        *("VIRTUAL_ENV_PROMPT", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID", VARIABLE),
    }
)
BEGINNINGS_OF_THE_SESSION = (
    *("SSH_", "XDG_SESSION_", "VSCODE_", "GITHUB_", "RUNNER_", "ACTIONS_", "CI_", "BUILDKITE_"),
    *("CIRCLE_", "TRAVIS_", "JENKINS_", "BUILD_", "GIT_", "PYTEST_XDIST_", "COVERAGE_", "COV_"),
    *("KONSOLE_", "GNOME_", "ITERM_", "GPG_", "KITTY_", "ALACRITTY_", "WEZTERM_", "BASH_FUNC_"),
)
"""Variables that say where and when a run was started, and change from run to run."""


def of_the_tool() -> str:
    """The version of this tool, its own source, the Python that runs it and what it imports."""
    packages = sorted(
        name
        for entry in sys.path
        for name in (os.listdir(entry) if os.path.isdir(entry) else ())
        if name.endswith((".dist-info", ".egg-info"))
    )
    return digest(installed_version(), sys.version, _sources(), packages)


def of_its_sources() -> str:
    """The version of this tool and its own source, wherever it is installed."""
    return digest(installed_version(), _sources())


@cache
def _sources() -> list[tuple[str, str]]:
    # What this process runs is what it found when it began.
    files = sorted(path for package in PACKAGES for path in package.rglob("*.py"))
    return [
        (str(path.relative_to(PACKAGES[0].parent)), content_digest(path.read_bytes()))
        for path in files
    ]


def of_the_machine() -> str:
    """The processor, the kernel, graphics processors, whose run it is, and Keras's own choices."""
    system = os.uname() if hasattr(os, "uname") else None
    kernel = (system.sysname, system.release, system.version, system.machine) if system else ()
    user = os.getuid() if hasattr(os, "getuid") else None
    homes = [os.environ.get("KERAS_HOME", ""), os.path.expanduser("~/.keras")]
    choices = [digest_of(os.path.join(home, "keras.json")) for home in homes if home]
    return digest(sys.platform, kernel, user, _processor(), _graphics(), choices)


def _processor() -> list[str]:
    """What ``/proc/cpuinfo`` says of the first processor, but for its present speed."""
    lines = _text("/proc/cpuinfo").partition("\n\n")[0].splitlines()
    return [line for line in lines if line.startswith(("model name", "flags", "Features", "CPU "))]


def _graphics() -> list[str]:
    names = [
        name for pattern in ("/dev/nvidia*", "/dev/kfd", "/dev/dxg") for name in glob.glob(pattern)
    ]
    told = ["/proc/driver/nvidia/version", *glob.glob("/proc/driver/nvidia/gpus/*/information")]
    return [*sorted(names), *map(_text, sorted(told))]


def _text(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""


def of_variables(variables: Mapping[str, str], mentioned: Iterable[bytes] = ()) -> str:
    """The environment, but for what says where and when a run was started.

    Of that, too, what one of the sources ``mentioned`` names counts, and all of it where one reads
    variables that it does not name.
    """
    sources = list(mentioned)
    open_ones = any(map(reads_open_variables, sources))

    def counts(name: str) -> bool:
        is_of_the_session = name in OF_THE_SESSION or name.startswith(BEGINNINGS_OF_THE_SESSION)
        if not is_of_the_session or (open_ones and name != VARIABLE):
            return True
        text = os.fsencode(name)
        if not any(text in source for source in sources):
            return False
        # As in `os.environ["NAME"]`, "$NAME/data", "${NAME}" and "${oc.env:NAME}".
        mention = re.compile(rb"[\"'${:]" + re.escape(text) + rb"\b")
        return any(mention.search(source) for source in sources)

    return digest(sorted((name, value) for name, value in variables.items() if counts(name)))
