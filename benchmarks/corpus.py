"""The corpus: packages of the package index that apply raw ops to symbolic tensors.

The packages are downloaded and unpacked, never installed or changed. The truth of an entry is
recorded by a script that builds the models of its packages under Keras 2 (TensorFlow 2.15.1,
Python 3.11) and writes the positions of the raw ops that Keras saw.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

TRUTH_PYTHON = "3.11"
TRUTH_ENVIRONMENT = (
    *("tensorflow-cpu==2.15.1", "numpy<2", "setuptools<81", "scipy", "pillow", "pandas", "h5py"),
    *("tensorflow-addons==0.23.0", "tensorflow-probability==0.23.0", "tensorflow-hub==0.15.0"),
    *("scikit-learn", "opencv-python-headless<4.11", "matplotlib", "tqdm", "packaging", "einops"),
    *("gin-config", "pyyaml", "networkx", "sympy", "tf-slim", "keras-tuner==1.4.7", "pytz"),
    *("tensorflow-model-optimization==0.8.0", "gym==0.26.2", "soundfile", "xmltodict", "mapply"),
    *("colorlog", "easydict", "wavinfo", "nibabel", "imageio", "wandb", "antspyx"),
)
# What packages older than Python 3.11 and NumPy 1.24 still use.
SITE_CUSTOMIZATION = """\
import collections
import inspect

import numpy

if not hasattr(inspect, "getargspec"):
    ArgSpec = collections.namedtuple("ArgSpec", "args varargs keywords defaults")
    inspect.getargspec = lambda function: ArgSpec(*inspect.getfullargspec(function)[:4])
for builtin in (bool, int, float, object):
    if builtin.__name__ not in numpy.__dict__:
        setattr(numpy, builtin.__name__, builtin)
"""
TFSEG_STUBS = (
    "pytz,xmltodict,tensorflow_model_optimization,googledrivedownloader,google_drive_downloader,"
    "larq,imutils,unrar,rarfile,onnx,keras2onnx,tf2onnx,boto3,mat4py,ray"
)
RECORDING_LIMIT_SECONDS = 3600


@dataclass(frozen=True)
class Entry:
    """Packages (``name==version``) whose truth is recorded in one process."""

    name: str
    packages: tuple[str, ...]
    recorder_options: tuple[str, ...] = ()


ENTRIES = (
    Entry("dev_kecam", ("keras-cv-attention-models==1.3.9",), ("--stmt-timeout", "900")),
    Entry("dev_tfseg", ("tf-semantic-segmentation==0.3.1",), ("--stub", TFSEG_STUBS)),
    Entry("dev_deepctr", ("deepctr==0.9.4",)),
    Entry("dev_pypaz", ("pypaz==0.2.5",)),
    Entry(
        "dev_misc",
        (
            *("keras-tcn==3.5.7", "basic-pitch==0.4.0", "keras-unet-collection==0.1.13"),
            *("keras-efficientnet-v2==1.2.2", "kapre==0.4.1", "nbeats-keras==1.8.0"),
        ),
    ),
    Entry("dev_antspynet", ("antspynet==0.3.1",), ("--stmt-timeout", "280")),
    Entry("dev_vxm", ("neurite==0.2", "voxelmorph==0.2", "pystrum==0.4")),
)


def find_package(sources: Path, requirement: str) -> Path | None:
    """The folder below ``sources`` into which ``requirement`` was unpacked, or None."""
    wanted = _normal(requirement.replace("==", "-"))
    if not sources.is_dir():
        return None
    return next((path for path in sources.iterdir() if _normal(path.name) == wanted), None)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def fetch_package(sources: Path, requirement: str) -> Path:
    """Download ``requirement`` with pip and unpack it below ``sources``, once.

    Raises ``CalledProcessError`` when the index does not have it.
    """
    found = find_package(sources, requirement)
    if found is not None:
        return found
    downloads = sources.parent / "downloads" / requirement
    downloads.mkdir(parents=True, exist_ok=True)
    options = ("--quiet", "--no-deps", "--ignore-requires-python", "--dest", str(downloads))
    subprocess.run([sys.executable, "-m", "pip", "download", *options, requirement], check=True)
    archive = next(path for path in downloads.iterdir() if path.is_file())
    target = sources / _folder_name(archive)
    partial = target.with_name(f".{target.name}")
    partial.mkdir(parents=True, exist_ok=True)
    if archive.suffix in {".whl", ".zip"}:
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(partial)
    else:
        with tarfile.open(archive) as tarred:
            tarred.extractall(partial, filter="data")
    partial.rename(target)
    return target


def _folder_name(archive: Path) -> str:
    """``name-version`` as the archive spells it; recorded positions go by this name."""
    if archive.suffix == ".whl":
        return "-".join(archive.name.split("-")[:2])
    return re.sub(r"\.(tar\.\w+|tgz|zip)$", "", archive.name)


def truth_interpreter(work: Path) -> Path:
    """The interpreter of the environment for recording below ``work``, made once.

    Raises ``FileNotFoundError`` where there is no Python for it.
    """
    environment = work / "environment"
    python = environment / "bin" / "python"
    done = environment / "complete"
    if not done.exists():
        base = shutil.which(f"python{TRUTH_PYTHON}")
        if base is None:
            raise FileNotFoundError(f"python{TRUTH_PYTHON} is needed to record the truth")
        subprocess.run([base, "-m", "venv", environment], check=True)
        install = (str(python), "-m", "pip", "install", "--quiet", *TRUTH_ENVIRONMENT)
        subprocess.run(install, check=True)
        packages = environment / "lib" / f"python{TRUTH_PYTHON}" / "site-packages"
        (packages / "sitecustomize.py").write_text(SITE_CUSTOMIZATION)
        done.touch()
    return python


def record_truth(
    entry: Entry, sources: Path, out: Path, python: Path, recorder: Path, drivers: Path
) -> None:
    """Run ``recorder`` on the driver of ``entry``, which builds its models, into ``out``.

    ``drivers`` holds one script for each entry, named without the ``dev_`` in front or with
    ``_dev`` behind, and ``setup.py`` or ``shims.py`` beside or above them where the packages need
    help to be imported. Raises ``CalledProcessError`` or ``TimeoutExpired``.
    """
    folders = [fetch_package(sources, requirement) for requirement in entry.packages]
    single = len(folders) == 1
    short = entry.name.removeprefix("dev_")
    driver = next(
        path for path in (drivers / f"{short}.py", drivers / f"{short}_dev.py") if path.is_file()
    )
    options = ["--root", str(folders[0])] if single else ["--root", str(sources), "--only-root"]
    for folder in folders:
        options += ["--path", str(import_root(folder))]
    helpers = [drivers.parent / "shims.py", drivers / "setup.py", drivers / "shims.py"]
    for helper in helpers:
        if helper.is_file():
            options += ["--setup", str(helper)]
    command = [str(python), str(recorder), "--out", str(out), *options, *entry.recorder_options]
    with out.with_suffix(".log").open("w") as log:
        subprocess.run(
            [*command, str(driver)],
            check=True,
            cwd=sources.parent,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=log,
            stderr=log,
            timeout=RECORDING_LIMIT_SECONDS,
        )


def import_root(folder: Path) -> Path:
    """The folder to import from: a source distribution holds one more."""
    inner = [path for path in folder.iterdir() if path.is_dir()]
    if len(inner) == 1 and ((inner[0] / "setup.py").is_file() or (inner[0] / "PKG-INFO").is_file()):
        return inner[0]
    return folder
