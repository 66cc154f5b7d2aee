"""Runs what ``--to ops`` writes on the other backends of Keras 3: ``docs/backends.md``.

``python -m benchmarks.ops_backends --python PYTHON`` rewrites the fixtures with
``--to ops --target keras3 --no-verify``, builds their models on TensorFlow, JAX and torch, each in
a process of its own, with the weights and inputs of the first, and compares the outputs; so it does
with the calls by which the table of keras.ops is tested. PYTHON has Keras 3 with TensorFlow,
tf-keras, and JAX or torch or both.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.ops_backends_page import page
from codemod.api import rewrite_source
from codemod.settings import Settings
from tests.support.ops_calls import rewritten_calls
from transforms.syntax.records import Site

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "fixtures"
PAGE = ROOT / "docs" / "backends.md"
BACKENDS = ("jax", "torch")
RECORDS = "tensorflow"
DTYPES = ("float32", "int32")
SETTINGS = Settings(target="ops", generations="keras3", verify=False, accept="bitwise")
TIME_LIMIT = 3600
Fields = dict[str, Any]


def main() -> int:
    """Run all and write the page; 2 where no backend is installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--only", action="append", default=[], metavar="FIXTURE")
    parser.add_argument("--write", type=Path, default=PAGE, metavar="FILE")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write what was found")
    options = parser.parse_args()
    backends = [name for name in BACKENDS if _has(options.python, name)]
    if not backends:
        print(f"{options.python} has neither JAX nor torch: nothing to compare", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        kept = dict(_rewritten(folder, options.only))
        calls = [] if options.only else list(_calls())
        jobs = {"sources": {name: told["path"] for name, told in kept.items()}, "rows": calls}
        (folder / "jobs.json").write_text(json.dumps(jobs))
        answers = {name: _run(options.python, folder, name) for name in (RECORDS, *backends)}
    if options.json is not None:
        options.json.write_text(json.dumps({"kept": kept, "calls": calls, "answers": answers}))
    options.write.write_text(page(kept, calls, answers), encoding="utf-8")
    return 0


def _has(python: str, package: str) -> bool:
    script = f"import importlib.util, sys; sys.exit(not importlib.util.find_spec({package!r}))"
    return subprocess.run([python, "-c", script], check=False).returncode == 0


def _rewritten(folder: Path, only: Sequence[str]) -> Iterator[tuple[str, Fields]]:
    """Each fixture with what stays TensorFlow in it; its text is written into ``folder``."""
    for before in sorted(FIXTURES.glob("*/before.py")):
        name = before.parent.name
        if only and name not in only:
            continue
        result = rewrite_source(before.read_bytes(), SETTINGS, before)
        (folder / f"{name}.py").write_bytes(result.rewritten)
        stay = [[*_of_tensorflow(site), _reason(site)] for site in result.sites if _stays(site)]
        yield name, {"path": str(before), "sites": len(result.sites), "stay": stay}


def _stays(site: Site) -> bool:
    """Whether TensorFlow is called where the site was: operators mean the same in any backend."""
    return (site.target != "ops" or site.refusal is not None) and bool(_of_tensorflow(site))


def _of_tensorflow(site: Site) -> list[str]:
    return [op for op in dict.fromkeys(site.ops) if not op.startswith("operator.")]


def _reason(site: Site) -> str:
    return str(site.refusal) if site.refusal else site.note or "it becomes a layer"


def _calls() -> Iterator[Fields]:
    """The calls by which the table is tested, with what takes their place, for some dtypes."""
    for (call, dtype), (text, site) in rewritten_calls(DTYPES).items():
        # A tensor of TensorFlow among the arguments stays one.
        if site.target == "ops" and "tf." not in text.replace("tf.keras.", ""):
            yield {"raw": call, "text": text, "dtype": dtype, "op": site.ops[0]}


def _run(python: str, folder: Path, backend: str) -> Fields:
    """What one backend gives, from a process that imports Keras once."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "KERAS_BACKEND": backend}
    command = [python, "-m", "benchmarks.ops_backend_child", str(folder), backend]
    subprocess.run(command, check=True, cwd=ROOT, env=environment, timeout=TIME_LIMIT)
    found: Fields = json.loads((folder / f"{backend}.json").read_text())
    return found


if __name__ == "__main__":
    sys.exit(main())
