"""What layers say of the shapes that they give: Keras 2 asks them, and not what they compute.

``model.compute_output_shape`` and ``TimeDistributed`` go by it (seen with tf-keras 2.21). Keras 3
makes symbolic tensors of these shapes, so that they are compared as what they are.
"""

from __future__ import annotations

from typing import Any, List

from ..capture.keras_generation import is_keras_3
from ..failures import one_line

NAME = "compute_output_shape"


def wrong_shape(layer: Any, is_of_library: Any) -> str:
    """How the layer's own word on its shapes is wrong, empty where it is right or has none."""
    nodes = getattr(layer, "_inbound_nodes", [])
    if is_keras_3() or not nodes or not _has_own_word(layer, is_of_library):
        return ""
    node = nodes[0]
    try:
        given = _shapes(node.call_args[0])
        real = node.output_shapes
    except (AttributeError, IndexError, TypeError):
        # It takes its tensors by keyword, or an older Keras keeps them otherwise.
        return ""
    try:
        said = getattr(layer, NAME)(given)
    except Exception as error:
        return "fails at %s: %s" % (NAME, one_line(error))
    if _may_be(_leaves(said), _leaves(real)):
        return ""
    return "says that it gives %s, and gives %s" % (_words(said), _words(real))


def _has_own_word(layer: Any, is_of_library: Any) -> bool:
    if type(layer).__name__ == "Lambda" and is_of_library(type(layer)):
        return getattr(layer, "_output_shape", None) is not None
    own = [cls for cls in type(layer).__mro__ if not is_of_library(cls)]
    return any(NAME in vars(cls) for cls in own if cls is not object)


def _shapes(value: Any) -> Any:
    """Shapes in the place of tensors."""
    if isinstance(value, dict):
        return {key: _shapes(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_shapes, value))
    return tuple(value.shape.as_list())


def _leaves(shapes: Any) -> List[Any]:
    """The shapes in a structure; a tuple of numbers is one."""
    if hasattr(shapes, "as_list"):
        return [tuple(shapes) if shapes.rank is not None else None]
    if isinstance(shapes, dict):
        return [leaf for key in sorted(shapes) for leaf in _leaves(shapes[key])]
    if isinstance(shapes, (list, tuple)):
        parts = (list, tuple, dict)
        if not any(isinstance(size, parts) or hasattr(size, "as_list") for size in shapes):
            return [tuple(shapes)]
        return [leaf for item in shapes for leaf in _leaves(item)]
    return [shapes]


def _may_be(said: List[Any], real: List[Any]) -> bool:
    return len(said) == len(real) and all(map(_may_be_one, said, real))


def _may_be_one(said: Any, real: Any) -> bool:
    if said is None or real is None:
        return True
    if not isinstance(said, tuple) or len(said) != len(real):
        return False
    return all(
        one is None or other is None or int(one) == int(other) for one, other in zip(said, real)
    )


def _words(shapes: Any) -> str:
    return ", ".join(str(leaf) for leaf in _leaves(shapes)) or str(shapes)
