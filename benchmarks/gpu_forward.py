"""Original against rewritten on a GPU without TensorFlow: export StableHLO, run it under JAX.

``python -m benchmarks.gpu_forward export FOLDER`` on a machine with TensorFlow and tf-keras writes
the models of the fixtures, original and rewritten, into FOLDER, without arrays: an index says
how inputs and weights are made from seeds. ``python -m benchmarks.gpu_forward run FOLDER`` on a
machine with JAX runs each pair on its device and compares bits; its exit status is 1 unless all
pairs have identical bits. See docs/gpu.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from benchmarks.gpu_index import INDEX, read_index
from benchmarks.gpu_run import RunError, markdown, open_device, result_of, run_pairs

FIXTURES = Path(__file__).parents[1] / "fixtures"
TARGETS = ("layer", "lambda", "ops")


def main(arguments: list[str] | None = None) -> int:
    """Run one of the two commands; 0 when all is well, 1 when bits differ, 2 on an error."""
    options = _parser().parse_args(arguments)
    return _export(options) if options.command == "export" else _run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gpu_forward", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    export = commands.add_parser("export", help="write the fixtures' models as StableHLO")
    export.add_argument("folder", type=Path)
    export.add_argument("--fixtures", type=Path, default=FIXTURES)
    export.add_argument("--only", action="append", default=[], metavar="FIXTURE")
    export.add_argument("--to", action="append", choices=TARGETS, help="default: all")
    run = commands.add_parser("run", help="run an export under JAX and compare bits")
    run.add_argument("folder", type=Path)
    run.add_argument("--platform", choices=["cpu", "gpu"], default="gpu")
    run.add_argument("--markdown", type=Path, metavar="FILE", help="also write the table here")
    return parser


def _export(options: argparse.Namespace) -> int:
    # A GPU would have kernels of its own in the programs; what is compared is one program.
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    from benchmarks import gpu_export

    try:
        index = gpu_export.export(
            options.fixtures, options.only, options.to or TARGETS, options.folder
        )
    except gpu_export.ExportError as error:
        print(error, file=sys.stderr)
        return 2
    size = sum(path.stat().st_size for path in options.folder.iterdir())
    counts = f"{len(index.pairs)} pairs, {len(index.ops)} with keras.ops"
    print(f"{counts}, {len(index.left_out)} left out, {size / 2**20:.1f} MiB")
    for item in index.left_out:
        print(f"left out: {item.fixture} {item.target} {item.model}: {item.reason}")
    return 0


def _run(options: argparse.Namespace) -> int:
    try:
        index = read_index(options.folder)
    except FileNotFoundError:
        print(f"{options.folder} holds no {INDEX}; export writes it", file=sys.stderr)
        return 2
    try:
        runner = open_device(options.platform)
    except RunError as error:
        print(error, file=sys.stderr)
        return 2
    results = []
    for item in run_pairs(runner, index.pairs, options.folder):
        results.append(item)
        where = f"{item.pair.fixture} {item.pair.target} {item.pair.model}"
        progress = f"[{len(results)}/{len(index.pairs)}] {where}: {result_of(item)}"
        print(progress, file=sys.stderr, flush=True)
    # Keras takes the backend that it is told before it is imported.
    from benchmarks.gpu_ops import ops_table, result_of_ops, run_ops_pairs

    with_ops = []
    for pair in run_ops_pairs(runner, index.ops, options.folder):
        with_ops.append(pair)
        where = f"{pair.pair.fixture} ops {pair.pair.model}"
        progress = f"[{len(with_ops)}/{len(index.ops)}] {where}: {result_of_ops(pair)}"
        print(progress, file=sys.stderr, flush=True)
    command = f"python -m benchmarks.gpu_forward run FOLDER --platform {options.platform}"
    text = markdown(index, runner, results, command)
    if with_ops:
        text += "\n".join(["", "## keras.ops on JAX", "", *ops_table(with_ops), ""])
    print(text, end="")
    if options.markdown is not None:
        options.markdown.write_text(text, encoding="utf-8")
    wrong = [item for item in results if item.tier != "bitwise"]
    far = [pair for pair in with_ops if pair.tier not in ("bitwise", "close")]
    return int(bool(wrong or far))


if __name__ == "__main__":
    sys.exit(main())
