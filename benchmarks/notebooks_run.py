"""The notebooks of ``fixtures/`` run by nbclient in a real kernel under Keras 3, before and after.

``pip install nbclient ipykernel``, then ``python -m benchmarks.notebooks_run`` prints a line for
each notebook: which cells fail before and after the rewrite. Cells that fail on both sides need
something that is not here (a download, Colab, Kaggle). It also checks that all but the sources of
code cells is the same on both sides. It exits with 1 where a cell fails after the rewrite that ran
before, or where a raw op still ends a cell.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FIXTURES = Path(__file__).parents[1] / "fixtures" / "notebooks"
CELL_SECONDS = 180
REFUSED = "A KerasTensor cannot be used as input to a TensorFlow function"


def failures(path: Path) -> dict[int, str]:
    """The cells of the notebook that fail when all are run in order, with the errors."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            allow_errors=True,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
        ).execute()
    return {
        number: f"{output.ename}: {output.evalue.splitlines()[0] if output.evalue else ''}"
        for number, cell in enumerate(notebook.cells, 1)
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "error"
    }


def without_sources(path: Path) -> Any:
    """All of a notebook but the sources of its code cells."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = ""
    return notebook


def _shown(found: dict[int, str]) -> str:
    if not found:
        return "all run"
    return "; ".join(f"cell {number}: {error[:60].strip()}" for number, error in found.items())


def main() -> int:
    """Run the notebooks; see the module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="notebooks by name; all of them by default")
    names = parser.parse_args().names or sorted(path.name for path in FIXTURES.iterdir())
    os.environ.pop("TF_USE_LEGACY_KERAS", None)
    is_worse = False
    print("| notebook | before | after |\n|---|---|---|")
    for name in names:
        before, after = (FIXTURES / name / f"{side}.ipynb" for side in ("before", "after"))
        if without_sources(before) != without_sources(after):
            print(f"{name}: more than the sources of code cells has changed", file=sys.stderr)
            is_worse = True
        was, now = failures(before), failures(after)
        is_worse = is_worse or bool(now.keys() - was.keys()) or REFUSED in str(now)
        print(f"| `{name}` | {_shown(was)} | {_shown(now)} |", flush=True)
    return int(is_worse)


if __name__ == "__main__":
    raise SystemExit(main())
