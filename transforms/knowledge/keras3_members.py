"""What became of attributes and methods in Keras 3, by the kind of object.

Seen by comparing ``dir`` of objects of tf-keras 2.21 and Keras 3.15.1, and by running each. In
``now`` the object is ``{}``: the expression that takes the place of the attribute, or with ``()``
of the call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from transforms.knowledge.keras3_names import Fate

ObjectKind = Literal[
    "tensor", "layer", "model", "optimizer", "metric", "weight", "shape", "dtype", "callback"
]

_PRIVATE = "there is nothing in its place"
_LAYER: Mapping[str, Fate] = {
    "output_shape": Fate(advice="use `.output.shape`", now="{}.output.shape"),
    "input_shape": Fate(advice="use `.input.shape`", now="{}.input.shape"),
    "get_output_at": Fate(advice="use `.output`, where the layer is called once"),
    "get_input_at": Fate(advice="use `.input`, where the layer is called once"),
    "get_output_shape_at": Fate(advice="use `.output.shape`, where the layer is called once"),
    "get_input_shape_at": Fate(advice="use `.input.shape`, where the layer is called once"),
    "get_output_mask_at": Fate(advice=_PRIVATE),
    "get_input_mask_at": Fate(advice=_PRIVATE),
    "output_mask": Fate(advice="use `keras.src.backend.get_keras_mask` of the output"),
    "input_mask": Fate(advice=_PRIVATE),
    "inbound_nodes": Fate(advice="use `._inbound_nodes`", now="{}._inbound_nodes"),
    "outbound_nodes": Fate(advice="use `._outbound_nodes`", now="{}._outbound_nodes"),
    "updates": Fate(advice="leave it out: layers update their weights themselves"),
    "add_update": Fate(advice="assign to the weight in `call`"),
    "get_updates_for": Fate(advice="leave it out: layers update their weights themselves"),
    "compute_output_signature": Fate(advice="use compute_output_spec"),
    "dynamic": Fate(advice="leave it out"),
    "stateful": Fate(advice="ask with getattr(layer, 'stateful', False)"),
    "submodules": Fate(advice="walk `.layers` instead"),
    "name_scope": Fate(advice="use tf.name_scope(self.name)"),
    "with_name_scope": Fate(advice="use tf.name_scope(self.name)"),
    "add_metric": Fate(advice="own a keras.metrics.Mean and update it in `call`"),
    "finalize_state": Fate(advice="leave it out"),
}

MEMBERS: Mapping[ObjectKind, Mapping[str, Fate]] = {
    "layer": _LAYER,
    "model": {
        **{name: fate for name, fate in _LAYER.items() if not name.endswith("put_shape")},
        "fit_generator": Fate(advice="use `fit`", now="{}.fit"),
        "evaluate_generator": Fate(advice="use `evaluate`", now="{}.evaluate"),
        "predict_generator": Fate(advice="use `predict`; the generator must yield tuples, `(x,)`"),
        "predict_classes": Fate(advice="use `predict` and argmax, or `> 0.5`"),
        "predict_proba": Fate(advice="use `predict`"),
        "add_metric": Fate(advice="a layer that owns a keras.metrics.Mean updates it in `call`"),
        "state_updates": Fate(advice="leave it out"),
        "reset_states": Fate(
            advice="call `reset_states` of each layer that has it (`layer.reset_states()`)"
        ),
        "input_names": Fate(advice="use `[tensor.name for tensor in model.inputs]`"),
        "to_yaml": Fate(advice="use to_json"),
        "save_spec": Fate(advice=_PRIVATE),
        "train_tf_function": Fate(advice="use train_function"),
        **dict.fromkeys(
            (
                "_feed_inputs _feed_input_names _feed_input_shapes _feed_outputs _is_graph_network"
                " _feed_output_names _network_nodes _layers _collected_trainable_weights"
            ).split(),
            Fate(advice="it is private: use `inputs`, `outputs` and `layers`"),
        ),
        "autotune_steps_per_execution": Fate(advice="give steps_per_execution='auto'"),
    },
    "optimizer": {
        "lr": Fate(advice="use `learning_rate`", now="{}.learning_rate"),
        "minimize": Fate(advice="use tf.GradientTape and `apply_gradients`"),
        "get_gradients": Fate(advice="use tf.GradientTape"),
        "get_updates": Fate(advice="use tf.GradientTape and `apply_gradients`"),
        "compute_gradients": Fate(advice="use tf.GradientTape"),
        "aggregate_gradients": Fate(advice="leave it out"),
        "get_weights": Fate(advice="use `[v.numpy() for v in optimizer.variables]`"),
        "weights": Fate(advice="use `variables`"),
        "decay": Fate(advice="ask the schedule in `learning_rate`"),
        "_decayed_lr": Fate(advice="use `learning_rate`"),
        "get_scaled_loss": Fate(advice="use scale_loss"),
        "get_unscaled_gradients": Fate(advice="leave it out: `apply` unscales"),
        "jit_compile": Fate(advice="it is `compile`'s now"),
    },
    "metric": {
        "reset_states": Fate(advice="use `reset_state`", now="{}.reset_state"),
        "get_weights": Fate(advice="use `variables`"),
        "set_weights": Fate(advice="assign to `variables`"),
        "weights": Fate(advice="use `variables`", now="{}.variables"),
        "updates": Fate(advice="leave it out"),
    },
    "weight": {
        "get_shape": Fate(advice="use `.shape`", now="{}.shape()"),
        "read_value": Fate(advice="use tf.convert_to_tensor"),
        "eval": Fate(advice="use `.numpy()`"),
        "initializer": Fate(advice=_PRIVATE),
        "initialized_value": Fate(advice="use `.value`"),
        "is_initialized": Fate(advice="leave it out"),
        "device": Fate(advice="use `.value.device`"),
        "op": Fate(advice=_PRIVATE),
        "graph": Fate(advice=_PRIVATE),
        "ref": Fate(advice="use id()"),
        "experimental_ref": Fate(advice="use id()"),
        "scatter_nd_update": Fate(advice="assign tf.tensor_scatter_nd_update of its value"),
        "scatter_update": Fate(advice="assign tf.tensor_scatter_nd_update of its value"),
        "scatter_add": Fate(advice="assign tf.tensor_scatter_nd_add of its value"),
        "scatter_nd_add": Fate(advice="assign tf.tensor_scatter_nd_add of its value"),
        "scatter_sub": Fate(advice="assign tf.tensor_scatter_nd_sub of its value"),
        "gather_nd": Fate(advice="use tf.gather_nd"),
        "sparse_read": Fate(advice="use tf.gather"),
        "load": Fate(advice="use assign"),
        "set_shape": Fate(advice=_PRIVATE),
    },
    "tensor": {
        "get_shape": Fate(advice="use `.shape`", now="{}.shape()"),
        "set_shape": Fate(advice="use keras.layers.Reshape, or tf.ensure_shape in a layer"),
        "op": Fate(advice=_PRIVATE),
        "graph": Fate(advice=_PRIVATE),
        "ref": Fate(advice="use id()"),
        "experimental_ref": Fate(advice="use id()"),
        "type_spec": Fate(advice="use `.shape` and `.dtype`"),
        "node": Fate(advice=_PRIVATE),
        "_keras_shape": Fate(advice="use `.shape`"),
        "eval": Fate(advice="a symbolic tensor has no value: call a model"),
    },
    "shape": {
        "as_list": Fate(advice="use list()", now="list({})()"),
        "rank": Fate(advice="use len()", now="len({})"),
        "ndims": Fate(advice="use len()", now="len({})"),
        "dims": Fate(advice="use the tuple itself"),
        "num_elements": Fate(advice="use math.prod()"),
        "is_fully_defined": Fate(advice="ask `None not in` it", now="(None not in tuple({}))()"),
        "is_compatible_with": Fate(advice="compare the sizes"),
        "with_rank": Fate(advice="ask len()"),
        "with_rank_at_least": Fate(advice="ask len()"),
        "merge_with": Fate(advice="compare the sizes"),
        "concatenate": Fate(advice="add tuples"),
        "assert_has_rank": Fate(advice="assert its len()"),
        "assert_is_compatible_with": Fate(advice="compare the sizes"),
        "assert_is_fully_defined": Fate(advice="ask `None not in` it"),
    },
    "dtype": {
        "name": Fate(advice="use tf.as_dtype(...).name"),
        "base_dtype": Fate(advice="use tf.as_dtype(...)"),
        "is_floating": Fate(advice="use tf.as_dtype(...).is_floating"),
        "is_integer": Fate(advice="use tf.as_dtype(...).is_integer"),
        "is_bool": Fate(advice="use tf.as_dtype(...).is_bool"),
        "is_complex": Fate(advice="use tf.as_dtype(...).is_complex"),
        "as_numpy_dtype": Fate(advice="use tf.as_dtype(...).as_numpy_dtype"),
        "max": Fate(advice="use tf.as_dtype(...).max"),
        "min": Fate(advice="use tf.as_dtype(...).min"),
        "size": Fate(advice="use tf.as_dtype(...).size"),
        "as_datatype_enum": Fate(advice="use tf.as_dtype(...)"),
    },
    "callback": {
        "validation_data": Fate(advice="give the data to the callback's constructor"),
    },
}
"""Members that Keras 3 has not."""

OF_SEQUENTIAL: Mapping[str, Fate] = {
    "output": Fate(advice="use `.outputs[0]`", now="{}.outputs[0]"),
    "input": Fate(advice="use `.inputs[0]`", now="{}.inputs[0]"),
    "output_names": Fate(advice="use `[tensor.name for tensor in model.outputs]`"),
}
"""Members that a Sequential has in Keras 3 only once it is called."""

SILENT: Mapping[ObjectKind, Mapping[str, str]] = {
    "model": {
        "metrics_names": "is ['loss', 'compile_metrics'] in Keras 3: use"
        " evaluate(return_dict=True)",
        "metrics": "holds a `compile_metrics` for all that `compile` was given in Keras 3: use"
        " evaluate(return_dict=True)",
    },
    "tensor": {"name": "is `keras_tensor_1` and the like in Keras 3"},
    "weight": {"name": "has no layer in it in Keras 3 (`kernel`): use `.path`"},
}
"""Members that mean something else, without an error."""

GENERATORS = {"fit_generator", "evaluate_generator", "predict_generator"}
"""Methods that only models ever had."""
GENERATOR_POSITIONS: Mapping[str, tuple[str, ...]] = {
    "fit_generator": (
        *("x", "steps_per_epoch", "epochs", "verbose", "callbacks", "validation_data"),
        *("validation_steps", "validation_freq", "class_weight", "max_queue_size", "workers"),
        *("use_multiprocessing", "shuffle", "initial_epoch"),
    ),
    **dict.fromkeys(
        ("evaluate_generator", "predict_generator"),
        ("x", "steps", "callbacks", "max_queue_size", "workers", "use_multiprocessing", "verbose"),
    ),
}
"""Their parameters in the words of ``fit``, ``evaluate`` and ``predict``."""
TRAINING_METHODS = frozenset({"fit", "fit_generator", "train_on_batch"})
"""Methods that train a model."""
ALL_NAMES = frozenset({"value", "add_loss"}).union(
    GENERATORS, OF_SEQUENTIAL, *(names for table in (MEMBERS, SILENT) for names in table.values())
)
"""Every attribute that some object of Keras 3 has not, or that means something else there."""

SAYING_OUTPUTS = frozenset(
    "AdditiveAttention Attention CategoryEncoding Discretization Embedding Flatten Hashing"
    " Identity IntegerLookup MultiHeadAttention Permute Reshape StringLookup"
    " TextVectorization".split()
)
"""Layers with a ``compute_output_spec`` of their own in Keras 3.15.1."""
