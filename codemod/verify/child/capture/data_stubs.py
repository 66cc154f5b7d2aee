"""Small data sets in the place of those that Keras downloads or reads from folders."""

from __future__ import annotations

import os
import types
from typing import Any, Callable, Dict, Optional, Sequence, Tuple

import numpy as np

from ..limits import DATA_SAMPLES
from .replacing import replace_everywhere

Note = Callable[[str], None]
IMAGES: Dict[str, Tuple[Tuple[int, ...], int]] = {
    "mnist": ((28, 28), 10),
    "fashion_mnist": ((28, 28), 10),
    "cifar10": ((32, 32, 3), 10),
    "cifar100": ((32, 32, 3), 100),
}
TABLES = {"boston_housing": 13, "california_housing": 8}
WORDS = ("the", "film", "was", "good", "bad", "long")


def install(keras: Any, note: Note) -> None:
    """Replace the data sets of ``keras.datasets``, downloads, and data sets from folders."""
    for name, (shape, classes) in IMAGES.items():
        _stub(keras.datasets, name, "load_data", _images(name, shape, classes, note))
    for name in ("imdb", "reuters"):
        _stub(keras.datasets, name, "load_data", _texts(name, note))
        _stub(keras.datasets, name, "get_word_index", _word_index(name, note))
    for name, columns in TABLES.items():
        _stub(keras.datasets, name, "load_data", _table(name, columns, note))
    replace_everywhere(keras.utils, "get_file", _get_file(note))
    holders = [keras.utils, getattr(keras, "preprocessing", None)]
    for holder in [*holders, getattr(holders[1], "image", None), getattr(holders[1], "text", None)]:
        for kind, make in ("image", _image_elements), ("text", _text_elements):
            name = "%s_dataset_from_directory" % kind
            replace_everywhere(holder, name, _from_directory(name, make, note))
    generator = getattr(getattr(holders[1], "image", None), "ImageDataGenerator", None)
    for name in ("flow_from_directory", "flow_from_dataframe"):
        if hasattr(generator, name):
            setattr(generator, name, _generator(name, note))


def _stub(datasets: Any, name: str, function: str, replacement: Callable[..., Any]) -> None:
    replace_everywhere(getattr(datasets, name, None), function, replacement)


def _images(name: str, shape: Any, classes: int, note: Note) -> Any:
    def load_data(*args: Any, **kwargs: Any) -> Any:
        note("%s.load_data was left out" % name)
        labels = (np.arange(DATA_SAMPLES) % classes).astype("uint8")
        if len(shape) == 3:
            labels = labels[:, None]
        images = np.zeros((DATA_SAMPLES, *shape), "uint8")
        return (images, labels), (images, labels)

    return load_data


def _texts(name: str, note: Note) -> Any:
    def load_data(*args: Any, **kwargs: Any) -> Any:
        note("%s.load_data was left out" % name)
        texts = np.empty(DATA_SAMPLES, dtype=object)
        texts[:] = [list(range(1, 20)) for _ in range(DATA_SAMPLES)]
        labels = np.arange(DATA_SAMPLES) % 2
        return (texts, labels), (texts, labels)

    return load_data


def _word_index(name: str, note: Note) -> Any:
    def get_word_index(*args: Any, **kwargs: Any) -> Dict[str, int]:
        note("%s.get_word_index was left out" % name)
        return {word: index + 1 for index, word in enumerate(WORDS)}

    return get_word_index


def _table(name: str, columns: int, note: Note) -> Any:
    def load_data(*args: Any, **kwargs: Any) -> Any:
        note("%s.load_data was left out" % name)
        rows = np.zeros((DATA_SAMPLES, columns)), np.zeros(DATA_SAMPLES)
        return rows, rows

    return load_data


def _get_file(note: Note) -> Any:
    def get_file(fname: Any = None, origin: Any = None, *args: Any, **kwargs: Any) -> str:
        """The path at which the file would be; applications do not look whether it is there."""
        name = os.path.basename(str(fname or origin or "file"))
        pretrained = name.endswith(".h5") and "weights" in name
        what = "the pretrained weights %s" % name if pretrained else "the download of %s" % name
        note("%s: left out" % what)
        return os.path.join(os.getcwd(), "downloads", name)

    return get_file


def _from_directory(name: str, make: Callable[..., Any], note: Note) -> Any:
    def from_directory(
        directory: Any,
        labels: Any = "inferred",
        label_mode: Optional[str] = "int",
        class_names: Optional[Sequence[str]] = None,
        **kwargs: Any,
    ) -> Any:
        import tensorflow as tf

        note("%s of %s gave two samples of made-up classes" % (name, directory))
        names = list(class_names or ("class_a", "class_b"))
        elements = make(tf, kwargs)
        if labels is not None and label_mode is not None:
            elements = elements, _labels(tf, label_mode, len(names))
        dataset = tf.data.Dataset.from_tensor_slices(elements)
        if kwargs.get("batch_size", DATA_SAMPLES) is not None:
            dataset = dataset.batch(2)
        dataset.class_names = names
        dataset.file_paths = []
        if kwargs.get("subset") == "both":
            return dataset, dataset
        return dataset

    return from_directory


def _image_elements(tf: Any, given: Dict[str, Any]) -> Any:
    channels = {"grayscale": 1, "rgba": 4}.get(given.get("color_mode", "rgb"), 3)
    height, width = given.get("image_size", (256, 256))
    return tf.zeros((2, height, width, channels))


def _text_elements(tf: Any, given: Dict[str, Any]) -> Any:
    return tf.constant([" ".join(WORDS), " ".join(WORDS[::-1])])


def _labels(tf: Any, mode: str, classes: int) -> Any:
    if mode == "categorical":
        return tf.one_hot([0, 1], classes)
    return tf.constant([[0.0], [1.0]]) if mode == "binary" else tf.constant([0, 1])


def _generator(name: str, note: Note) -> Any:
    def flow(
        self: Any,
        source: Any,
        *args: Any,
        target_size: Tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        class_mode: Optional[str] = "categorical",
        classes: Optional[Sequence[str]] = None,
        batch_size: int = DATA_SAMPLES,
        **kwargs: Any,
    ) -> Any:
        note("ImageDataGenerator.%s gave samples of made-up classes" % name)
        names = list(classes or ("class_a", "class_b"))
        channels = {"grayscale": 1, "rgba": 4}.get(color_mode, 3)
        images = np.zeros((batch_size, *target_size, channels), "float32")
        labels: Any = np.arange(batch_size) % len(names)
        if class_mode == "categorical":
            labels = np.eye(len(names))[labels]
        return _Batches(images, labels, names)

    return flow


class _Batches(types.SimpleNamespace):
    """What a Keras iterator over images offers: endless batches, and the classes."""

    def __init__(self, images: Any, labels: Any, names: Sequence[str]) -> None:
        super().__init__(
            class_indices={name: index for index, name in enumerate(names)},
            num_classes=len(names),
            classes=np.argmax(labels, -1) if np.ndim(labels) == 2 else labels,
            image_shape=images.shape[1:],
            samples=len(images),
            n=len(images),
            batch_size=len(images),
            filenames=[],
        )
        self._batch = images, labels

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> "_Batches":
        return self

    def __next__(self) -> Any:
        return self._batch

    def __getitem__(self, index: int) -> Any:
        return self._batch

    def reset(self) -> None:
        """Nothing to go back to: every batch is the same."""

    next = __next__
