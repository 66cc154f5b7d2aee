"""Whole training scripts are rewritten and verified without any configuration."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import run
from tests.support.share import share

pytestmark = pytest.mark.tensorflow

FIXTURES = Path(__file__).parents[2] / "fixtures"
MODELS = {
    "arguments_required": [("signals", 32)],
    "autoencoder_callbacks": [("denoiser", 30), ("coder", 31)],
    "dcgan_subclass": [("discriminator", 20), ("generator", 29)],
    "default_builders": [("pyramid", 28), ("plain", 18), ("gated", 37)],
    "distillation_loop": [("teacher", 23), ("student", 31), ("answers", 62)],
    "gan_loop": [("generator", 23), ("discriminator", 31)],
    "image_classifier": [("cifar_net", 39)],
    "image_folder": [("flowers", 39)],
    "multi_input_output": [("tickets", 28)],
    "recommender": [("recommender", 40)],
    "seq2seq": [("trainer", 42), ("encoder", 48), ("decoder", 52)],
    "siamese_triplet": [("embedding", 40), ("triplet", 50)],
    "strategy_scope": [("mirrored", 39)],
    "text_reviews": [("reviews", 37), ("attention_weights", 44)],
    "text_vectorization": [("sentiment", 39)],
    "time_series": [("forecaster", 29)],
    "transfer_frozen": [("pets", 31)],
    "transformer_text": [("transformer", 33)],
    "tuner": [("prices", 15)],
    "unet_tfds": [("unet", 42)],
    "vae": [("encoder", 34), ("decoder", 38), ("vae", 39)],
}
"""Every functional model that the script makes or has a builder for, and its line."""
ASSUMED = {
    "arguments_required": [
        "the argument data was given the value 'data'",
        "the argument width was given the value 8",
        "data/labels.npy does not exist: made-up numbers were read instead",
    ],
    "autoencoder_callbacks": [
        "mnist.load_data was left out",
        "Model.save was left out",
        "load_model was left out",
        "no model was saved as 'other/run/best.h5' in this run",
    ],
    "dcgan_subclass": ["image_dataset_from_directory of celeba gave two samples"],
    "default_builders": ["patches.npz does not exist: made-up numbers were read instead"],
    "distillation_loop": ["the training loop was left out (line 36)", "Model.fit was left out"],
    "gan_loop": [
        "the training loop was left out (line 69)",
        "the package `matplotlib` is not installed",
    ],
    "image_classifier": [
        "cifar10.load_data was left out",
        "Model.fit was left out",
        "Model.evaluate was left out",
    ],
    "image_folder": [
        "image_dataset_from_directory of data/flowers gave two samples of made-up classes",
        "not run: line 46: NotFoundError",
    ],
    "multi_input_output": ["config.json does not exist: made-up text was read instead"],
    "recommender": ["ml-small/ratings.csv does not exist: made-up text was read instead"],
    "seq2seq": ["fra-eng/fra.txt does not exist: made-up text was read instead"],
    "siamese_triplet": ["Model.fit was left out", "not run: line 76: StopIteration"],
    "strategy_scope": ["No files matched pattern"],
    "text_reviews": ["imdb.load_data was left out", "imdb.get_word_index was left out"],
    "text_vectorization": [
        "the download of reviews.tar.gz: left out",
        "text_dataset_from_directory of downloads/reviews.tar.gz/train gave two samples",
    ],
    "time_series": ["downloads/weather.csv does not exist: made-up numbers were read instead"],
    "transfer_frozen": [
        "ImageDataGenerator.flow_from_directory gave samples of made-up classes",
        "the pretrained weights mobilenet_v2_weights",
        "Model.load_weights was left out",
    ],
    "transformer_text": ["imdb.load_data was left out", "Model.fit was left out"],
    "tuner": [
        "the package `keras_tuner` is not installed",
        "the package `sklearn` is not installed",
        "build_for_search() was not called: it needs hp",
    ],
    "unet_tfds": ["the package `tensorflow_datasets` is not installed"],
    "vae": ["fashion_mnist.load_data was left out", "Model.predict was left out"],
}


TRIED = share(sorted(MODELS), 2)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("scripts")
    for name in TRIED:
        shutil.copy(FIXTURES / f"script_{name}" / "before.py", folder / f"{name}.py")
    done = run("rewrite", ".", "--format", "json", "--device", "cpu", "-j", "2", folder=folder)
    records = json.loads(done.stdout)["files"]
    return {Path(record["path"]).stem: record for record in records}


def test_there_is_an_expectation_for_each_script(files: dict[str, Any]) -> None:
    scripts = {
        path.parent.name.removeprefix("script_") for path in FIXTURES.glob("script_*/before.py")
    }
    assert scripts == set(MODELS) == set(ASSUMED)
    assert set(files) == set(TRIED)


@pytest.mark.parametrize("name", TRIED)
def test_a_script_is_rewritten_with_all_its_models(name: str, files: dict[str, Any]) -> None:
    verification = files[name]["verification"]
    assert verification["verdict"] in {"proved", "equal-by-rules", "bitwise"}, verification
    assert files[name]["status"] == "rewritten"
    found = [(model["name"], model["line"]) for model in verification["models"]]
    assert found == MODELS[name]
    assert all(model["weight_order_kept"] for model in verification["models"])


@pytest.mark.parametrize("name", TRIED)
def test_what_was_left_out_is_listed(name: str, files: dict[str, Any]) -> None:
    assumptions = files[name]["verification"]["assumptions"]
    missing = [text for text in ASSUMED[name] if not any(text in item for item in assumptions)]
    assert not missing, assumptions
