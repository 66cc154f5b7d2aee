"""Rewrite whole projects as their maintainers would: ``rewrite .``, without options.

``python -m benchmarks.projects --work DIR --python FILE`` downloads each project of a ``--set`` of
``SETS``, which no part of this tool was tuned on when they were chosen, copies it, runs
``keras-codemod rewrite .`` in the copy, and prints a table: files, models, sites, and what is left
by its code. FILE is an interpreter with TensorFlow, tf-keras and what the projects import; it also
runs the tool. Files that change without being reported are named. Reports are kept below DIR, and a
project that has its report is not run again; ``--markdown FILE`` writes the table.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import corpus

FIRST = {
    "retina-face==0.0.19": "one function of 1,600 lines; the package asks for Keras 2 by name",
    "deep_rec_kit==1.0.2": "builders whose parameters are lists of dataclasses",
    "pyod==1.1.0": "estimators that build their models in `fit(X)`",
    "microfaune_ai==1.0.11603374979": "a class that builds a detector and loads weights",
    "pixellib==0.7.1": "Mask R-CNN with a configuration class; an old private API",
    "keras-recommenders==0.0.3": "builders that take columns of another package",
}
SECOND = {
    "bpnet==2.0.0": "functions that take a model and add to it; command lines",
    "tfts==0.0.13": "objects that are called as layers are, with classes of settings",
    "deepreg==0.1.2": "classes that are made of a dictionary of settings, and a registry",
    "autokeras==1.0.16": "blocks that a search puts together, and their tests",
    "astronn==1.1.0": "classes with a method for each model, and their tests",
    "lfcnn==0.4.1": "classes that are given the inputs of the model; tests that train",
    "keras-gym==0.2.17": "agents that make models of parts that they are given; graph mode",
    "omnizart==0.5.0": "functions of blocks for several models, YAML settings",
}
FRESH = {
    "cv-pose==1.0.9": "networks for poses behind an interface",
    "deeptables==0.2.5": "nets for tables that a configuration names",
}
THIRD = {
    "bert4keras==0.11.5": "a model zoo of layers whose `call` is decorated",
    "hyperts==0.2.2": "nets for time series behind a package that is not installed",
    "innvestigate==2.1.2": "analyses of models that are given to it",
    "keras-rl2==1.0.5": "agents that take a model and compile others of it",
    "mrcnn==0.2": "Mask R-CNN with a class of settings to derive from",
    "deepcell==0.12.10": "panoptic networks for cells",
    "spleeter==2.4.2": "U-nets of spectrograms, run by estimators",
}
LAST = {
    "gcvit_tensorflow==1.2.1": "vision transformers that are built of layers",
    "Keras-Applications-3D==0.1.2": "networks of volumes after those of Keras",
    "gaussianansatz==0.0.1": "a net of four sub-nets, and its derivatives",
    "kashgari==2.0.2": "text models with embeddings that are classes",
    "distnet2d==0.2.6": "segmentation and tracking of cells",
    "deoxys==0.0.11": "networks that a JSON file describes",
}
FOURTH = {
    "dca==0.3.4": "an autoencoder whose losses read a layer's output",
    "imageai==2.1.6": "detectors and classifiers behind classes with `load_model` methods",
    "trvae==1.1.2": "variational autoencoders with a table of losses",
    "moabb==0.5.0": "classifiers of brain signals that derive from estimators",
    "ydata_synthetic==1.3.0": "generators of tables and time series, one for sessions",
    "alibi_detect==0.11.4": "detectors of drift and outliers, eager code, a PixelCNN",
    "deepchem==2.5.0": "chemistry, most of it in models of its own; one graph for a session",
}
FIFTH = {
    "notekeras==0.8.11": "layers, YOLO, and columns of features that dictionaries describe",
    "instantdl==1.0.5": "segmentation and classification, a Mask R-CNN of Keras 2.2 among it",
    "histomics-detect==0.0.1": "a detector of cells, whose parts are functions",
    "deepvision-toolkit==0.1.6": "networks of two frameworks that tables choose",
    "recommenders==1.1.1": "recommendation, variational autoencoders with losses of their own",
    "janggu==0.10.2": "genomics, models of decorated functions, sessions",
    "swiss-army-keras==0.10.0": "U-nets and classifiers behind one interface",
    "dynastes==0.9.3": "layers and ops of sound, and their tests on data",
}
SIXTH = {
    "keras-cortex==0.0.8": "models of the visual cortex",
    "lidbox==0.7.1": "identification of languages in speech",
    "silabs-mltk==0.20.0": "models for small devices, with command lines",
}
SEVENTH = {
    "deep4dream==0.2.2": "one function that dreams, with gradients of a graph",
    "keras-mobile==1.0.2": "functions that give blocks back",
    "tfgenzoo==1.2.5": "flows and residual nets of the project's own layers",
    "scmvae==1.0.0": "variational autoencoders of two kinds of data, losses added to models",
    "utime==1.1.7": "U-nets for sleep, most of it in Lambda layers",
    "grapatf==0.6": "graph autoencoders, 7,000 lines of layers",
    "darkneurons==1.3.11": "YOLO behind a class that opens a session",
}
EIGHTH = {
    "esinet==0.3.0": "a class that builds nets for brain signals, a loss of tensors of its model",
    "DiST-Net==0.1.5": "a U-net of encoder and decoder objects with attention",
    "kboxx==1.0.3": "a transformer of the project's own layers, written for Keras 2.3",
    "luna-fviz==0.3.0": "pictures that activate layers, losses that call models",
    "kerasAC==2.5.4": "genomics with gradients of a graph",
}
NINTH = {
    "flowws-keras-geometry==0.5.1": "stages of workflows that hand models on in a dictionary",
    "tfcaidm==0.0.0a4": "medical nets of functions that a CSV of settings chooses",
    "tfbox==0.0.0.96": "objects of blocks that YAML files configure",
    "tfcv==0.3.0": "networks for segmentation, most of them pretrained and large",
    "xl-tensorflow==0.11.2": "copies of detectors of other libraries, with settings as objects",
}
TENTH = {"neurite==0.2": "tools for medical images, a generator of pictures as a model"}
SETS = {
    "first": FIRST,
    "second": SECOND,
    "fresh": FRESH,
    "third": THIRD,
    "last": LAST,
    "fourth": FOURTH,
    "fifth": FIFTH,
    "sixth": SIXTH,
    "seventh": SEVENTH,
    "eighth": EIGHTH,
    "ninth": NINTH,
    "tenth": TENTH,
}
"""All but the first two were run once before anybody had looked at why."""
LIMIT_SECONDS = 1800


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--python", type=Path, default=Path(sys.executable))
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--set", choices=SETS, default="second")
    options = parser.parse_args()
    projects = SETS[options.set]
    counts, rows = Counter[str](), []
    for name, kind in projects.items():
        report = _report(name, options.work, options.python)
        own = _counts(report)
        counts.update(own)
        rows.append(_row(name.replace("==", " "), kind, own, report))
        print(rows[-1], flush=True)
    rows.append(_row("all", "", counts))
    table = "\n".join([HEAD, *rows])
    print(table)
    if options.markdown is not None:
        options.markdown.write_text(table + "\n")
    return 0


HEAD = (
    "| project | what it is like | models proved | models built | sites verified | sites | left "
    "| seconds |\n|---|---|---|---|---|---|---|---|"
)


def _report(requirement: str, work: Path, python: Path) -> dict[str, Any]:
    kept = work / "reports" / f"{requirement}.json"
    if kept.is_file():
        return dict(json.loads(kept.read_text()))
    source = corpus.import_root(corpus.fetch_package(work / "sources", requirement))
    copy = work / "copies" / requirement
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(source, copy)
    before, start = _hashes(copy), time.monotonic()
    done = subprocess.run(
        [str(python), "-m", "codemod", "rewrite", "--no-cache", "--format", "json", "."],
        cwd=copy,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    report = dict(json.loads(done.stdout))
    report["seconds"] = round(time.monotonic() - start)
    told = {item["path"] for item in report["files"] if item["status"] == "rewritten"}
    report["touched"] = sorted(_changed(before, _hashes(copy)) - told)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(report))
    return report


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    return {path for path in {*before, *after} if before.get(path) != after.get(path)}


def _counts(report: Mapping[str, Any]) -> Counter[str]:
    sites = [site for item in report["files"] for site in item["sites"]]
    groups = [(item["verification"] or {}).get("models", ()) for item in report["files"]]
    # Files that meet in the same models have the same list of them.
    several = {tuple(model["name"] for model in group): group for group in groups}
    models = [bool(model["proved"]) for group in several.values() for model in group]
    verified = sum(site["status"] == "rewritten" for site in sites)
    return Counter(proved=sum(models), models=len(models), verified=verified, sites=len(sites))


def _row(
    name: str, kind: str, counts: Mapping[str, int], report: Mapping[str, Any] | None = None
) -> str:
    left, seconds = "", ""
    if report is not None:
        reasons = Counter(
            site["reason"].partition(":")[0]
            for item in report["files"]
            for site in item["sites"]
            if site["status"] == "refused"
        )
        left = ", ".join(f"{code} {count}" for code, count in sorted(reasons.items()))
        seconds = str(report["seconds"])
        if report["touched"]:
            left += f"; touched: {', '.join(report['touched'])}"
    numbers = [counts[key] for key in ("proved", "models", "verified", "sites")]
    return f"| {' | '.join(map(str, [name, kind, *numbers, left, seconds]))} |"


if __name__ == "__main__":
    raise SystemExit(main())
