"""Losses and metrics of symbolic tensors, added to functional models of Keras 3 as Keras 2 does it.

There `model.add_loss(tensor)` makes a layer that adds what it is given, and puts it with all that
computes the tensor behind the layers of the model. Keras 3 refuses such tensors. Nothing is reduced
or scaled: `model.losses` has what the layer was given. Seen with tf-keras 2.21 and Keras 3.15.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List


def layer_classes(keras: Any) -> Dict[str, Any]:
    """The layers that add their input as a loss and to a metric, by the names that Keras 2 has."""

    class AddLoss(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(autocast=False, **kwargs)

        def call(self, inputs: Any) -> Any:
            self.add_loss(inputs)
            return inputs

    class AddMetric(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
        def __init__(self, metric: Any, **kwargs: Any) -> None:
            super().__init__(autocast=False, **kwargs)
            self.metric = metric

        def call(self, inputs: Any) -> Any:
            self.metric(inputs)
            return inputs

    return {"AddLoss": AddLoss, "AddMetric": AddMetric}


def adding_loss(tf: Any, keras: Any, add_loss: Callable[..., Any], classes: Dict[str, Any]) -> Any:
    """``Functional.add_loss`` that takes symbolic tensors; all else is for ``add_loss``."""

    def adding(self: Any, losses: Any, **kwargs: Any) -> None:
        kwargs.pop("inputs", None)
        for loss in tf.nest.flatten(losses):
            if isinstance(loss, keras.KerasTensor):
                _append(self, loss, classes["AddLoss"]())
            elif loss is not None:
                add_loss(self, loss, **kwargs)

    return adding


def adding_metric(keras: Any, add_metric: Callable[..., Any], classes: Dict[str, Any]) -> Any:
    """``Functional.add_metric`` that takes symbolic tensors; all else is for ``add_metric``."""

    def adding(self: Any, value: Any, name: Any = None, **kwargs: Any) -> None:
        if not isinstance(value, keras.KerasTensor):
            add_metric(self, value, name=name, **kwargs)
            return
        metric = keras.metrics.Mean(name=name, dtype=str(value.dtype))
        _append(self, value, classes["AddMetric"](metric))

    return adding


def _append(model: Any, tensor: Any, layer: Any) -> None:
    """Let ``model`` compute ``tensor`` too, behind all others, and give it to ``layer``."""
    nodes = _new_nodes(model, tensor)
    layer(tensor)
    for node in [*nodes, layer._inbound_nodes[-1]]:
        model._nodes_by_depth[min(model._nodes_by_depth) - 1] = [node]
        if all(node.operation is not known for known in model._operations):
            model._operations.append(node.operation)
        if hasattr(node.operation, "_layers") and all(
            node.operation is not known for known in model._layers
        ):
            model._layers.append(node.operation)


def _new_nodes(model: Any, tensor: Any) -> List[Any]:
    """The calls that compute ``tensor`` and that ``model`` does not make, in their order."""
    seen = {id(node) for nodes in model._nodes_by_depth.values() for node in nodes}
    found: List[Any] = []
    pending = [(_node_of(tensor), False)]
    while pending:
        node, is_ready = pending.pop()
        if is_ready:
            found.append(node)
        elif id(node) not in seen:
            if node.is_input:
                raise ValueError(
                    "it depends on the input `%s`, which is none of the model's"
                    % node.operation.name
                )
            seen.add(id(node))
            pending.append((node, True))
            pending += [(_node_of(one), False) for one in node.input_tensors]
    return found


def _node_of(tensor: Any) -> Any:
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]
