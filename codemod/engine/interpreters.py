"""Which interpreter verifies."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from codemod.engine import resources
from codemod.settings import Settings
from codemod.verify.records import VerifyOptions

ENVIRONMENT_FOLDERS = (".venv", "venv", "env")
PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg", ".git")


def verify_options(settings: Settings, path: Path) -> VerifyOptions:
    """The options for verifying files of the project that holds ``path``."""
    # Who names the old interpreter of the project wants to see what is new run somewhere else.
    found = None if settings.python_original else project_python(path)
    python = settings.python or found or sys.executable
    return VerifyOptions(
        python=python,
        device=settings.device,
        time_limit=resources.time_limit(settings),
        memory_limit=resources.memory_limit(settings),
        python_original=settings.python_original,
        arguments=settings.arguments,
        keras3=settings.generations != "keras2",
        only_keras3=settings.generations == "keras3",
        draws=settings.draws,
    )


def project_python(path: Path) -> str | None:
    """The interpreter of the project's virtual environment, if it has TensorFlow."""
    for folder in path.parents:
        for name in ENVIRONMENT_FOLDERS:
            environment = folder / name
            if (environment / "pyvenv.cfg").is_file() and _has_tensorflow(environment):
                python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
                if python.exists():
                    return str(python)
        if any((folder / name).exists() for name in PROJECT_FILES):
            return None
    return None


def _has_tensorflow(environment: Path) -> bool:
    patterns = ("lib/python*/site-packages/tensorflow", "Lib/site-packages/tensorflow")
    return any(found.is_dir() for pattern in patterns for found in environment.glob(pattern))
