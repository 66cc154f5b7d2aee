"""Scripts get the command line and the configuration that they ask for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import run
from tests.verify.test_entries import written

pytestmark = pytest.mark.tensorflow

HEAD = "import tensorflow as tf\nfrom tensorflow.keras import Input, Model, layers\n"
MAIN = "\nif __name__ == '__main__':\n    main()\n"
FILES = {
    "pyproject.toml": "",
    "conf/base.yaml": "width: 5\n",
    "conf/config.yaml": "defaults:\n  - base\n  - _self_\nnet:\n  units: 3\n  inputs: ${width}\n",
    "table.csv": "1,2,3\n",
    "own_argv.py": HEAD
    + """
import sys
if len(sys.argv) != 3:
    sys.exit("usage: own_argv.py TABLE WIDTH")
columns = len(open(sys.argv[1]).readline().split(","))
i = Input((columns,), name="table")
Model(i, tf.abs(layers.Dense(int(sys.argv[2]))(i)))
""",
    "with_argparse.py": HEAD
    + """
import argparse
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("table_file")
    parser.add_argument("--sizes", type=lambda text: int(text) + 1, nargs=2, required=True)
    args = parser.parse_args()
    i = Input((len(open(args.table_file).readline().split(",")),), name="table")
    return Model(i, tf.abs(layers.Dense(args.sizes[1])(i)))
"""
    + MAIN,
    "with_click.py": HEAD
    + """
import click
@click.command()
@click.argument("table", type=click.Path(exists=True))
@click.option("--units", type=int, required=True)
@click.option("--kind", type=click.Choice(["abs", "other"]), required=True)
def main(table, units, kind):
    i = Input((len(open(table).readline().split(",")),), name="table")
    if kind == "abs":
        return Model(i, tf.abs(layers.Dense(units)(i)))
"""
    + MAIN,
    "with_absl.py": HEAD
    + """
from absl import app, flags
FLAGS = flags.FLAGS
flags.DEFINE_integer("units", None, "")
flags.mark_flag_as_required("units")
def net():
    i = Input((3,))
    return Model(i, tf.abs(layers.Dense(FLAGS.units)(i)))
def main(_):
    net()
if __name__ == "__main__":
    app.run(main)
""",
    "with_hydra.py": HEAD
    + """
import hydra
@hydra.main(config_path="conf", config_name="config")
def main(cfg):
    i = Input((cfg.net.inputs,), name="five")
    return Model(i, tf.abs(layers.Dense(cfg["net"]["units"])(i)))
"""
    + MAIN,
    "with_fire.py": HEAD
    + """
import fire
class Tool:
    def train(self, units):
        i = Input((3,))
        return Model(i, tf.abs(layers.Dense(units)(i)))
if __name__ == "__main__":
    fire.Fire(Tool)
""",
}
TOLD = {
    "own_argv.py": "sys.argv was given the arguments",
    "with_argparse.py": "the argument sizes was given the value [9, 9]",
    "with_click.py": "the argument kind was given the value 'abs'",
    "with_absl.py": "the flag units was given the value '8'",
    "with_hydra.py": "the package `hydra` is not installed: a stand-in was used",
    "with_fire.py": "made-up call: Tool().train(units=8)",
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The result of each file, after one command for all of them."""
    folder = written(tmp_path_factory.mktemp("project"), FILES)
    before = sorted(folder.rglob("*"))
    done = run("rewrite", ".", "--format", "json", "-j", "2", folder=folder)
    assert sorted(folder.rglob("*")) == before
    return {Path(file["path"]).name: file for file in json.loads(done.stdout)["files"]}


@pytest.mark.parametrize("name", TOLD)
def test_the_model_is_built_and_what_was_made_up_is_told(
    name: str, results: dict[str, dict[str, Any]]
) -> None:
    verification = results[name]["verification"]
    assert (results[name]["status"], verification["verdict"]) == ("rewritten", "proved")
    assert any(text.startswith(TOLD[name]) for text in verification["assumptions"])


def test_the_command_line_is_that_of_the_option(tmp_path: Path) -> None:
    own = "import sys\ni = Input((int(sys.argv[2]),))\nModel(i, tf.abs(i), name=sys.argv[1])\n"
    written(tmp_path, {"own.py": HEAD + own})
    done = run("rewrite", ".", "--args", "the_net 5", "--format", "json", folder=tmp_path)
    (file,) = json.loads(done.stdout)["files"]
    verification = file["verification"]
    assert (file["status"], [m["name"] for m in verification["models"]]) == (
        "rewritten",
        ["the_net"],
    )
    assert not any("sys.argv" in text for text in verification["assumptions"])
