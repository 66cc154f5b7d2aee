"""The nodes of a traced graph or of a function's body, free of names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterable, List, Set, Tuple

from ..limits import SHOWN_ATTRIBUTE
from .sources import NotUnderstood, Source, constant, digest

READING_OPS = frozenset(
    ["ReadVariableOp", "ResourceGather", "ResourceGatherNd", "VariableShape", "VarIsInitializedOp"]
)
PYTHON_OPS = frozenset(["PyFunc", "PyFuncStateless", "EagerPyFunc", "XlaHostCompute"])
# Static shapes and the amount of text in a message: they change no value.
DROPPED = frozenset(["output_shapes", "summarize"])
KEPT_PRIVATE = frozenset(["_XlaMustCompile", "_XlaCompile", "_kernel"])
NAMED_RESOURCE = ("shared_name", "container")
FUNCTION = "function "
GRADIENT = "gradient"
# TensorFlow's own, for calls of functions.
GRADIENTS_OF_CALLS = ("PartitionedCall", "StatefulPartitionedCall")
Edge = Tuple[int, str]


@dataclass
class Node:
    """An op or a source; ``attributes`` maps names to (canonical, readable) text.

    A ``numbered`` node is more than what it computes: two random draws are not one used twice.
    ``own_state`` is state that no resource among the inputs holds.
    """

    name: str
    op: str
    attributes: Dict[str, Tuple[str, str]]
    inputs: List[Edge]
    controls: List[int]
    numbered: bool = False
    own_state: bool = False


@dataclass
class Graph:
    """Nodes, the edges that are returned, and the nodes that run whether returned or not."""

    nodes: List[Node]
    outputs: List[Edge]
    must_run: List[int]


def graph_of(
    node_defs: Iterable[Any],
    sources: Dict[str, Source],
    outputs: Iterable[str],
    must_run: Set[str],
    function_key: Callable[[str], Tuple[str, bool]],
) -> Graph:
    """The graph of a ``GraphDef``, or of the body of a ``FunctionDef``.

    ``sources`` names the placeholders or arguments and ``outputs`` the returned tensors, in the
    notation of the message. ``function_key`` gives the key of a function and whether it has state
    of its own. Raises ``NotUnderstood`` for what cannot be compared.
    """
    nodes = [
        Node(name, source.kind, {"value": (source.text, source.text)}, [], [], source.numbered)
        for name, source in sources.items()
    ]
    definitions = [item for item in node_defs if item.name not in sources]
    places = {name: index for index, name in enumerate(sources)}
    for definition in definitions:
        places[definition.name] = len(places)
    readable: Dict[bytes, str] = {}
    for definition in definitions:
        nodes.append(_node(definition, places, function_key, readable))
    running = [i for i, node in enumerate(nodes) if node.name in must_run]
    graph = Graph(nodes, [_edge(item, places) for item in outputs], running)
    _skip_identities(graph)
    return graph


def _edge(text: str, places: Dict[str, int]) -> Edge:
    name, _, output = text.partition(":")
    return places[name], output or "0"


def _node(
    definition: Any,
    places: Dict[str, int],
    function_key: Callable[[str], Tuple[str, bool]],
    readable: Dict[bytes, str],
) -> Node:
    op = definition.op
    controls = [places[item[1:]] for item in definition.input if item.startswith("^")]
    if op == "Const":
        source = _constant(definition)
        return Node(definition.name, source.kind, {"value": (source.text,) * 2}, [], controls)
    if op in PYTHON_OPS:
        raise NotUnderstood("`%s` calls Python code (%s)" % (definition.name, op))
    if op.startswith("Placeholder"):
        raise NotUnderstood("`%s` is neither an input nor a capture" % definition.name)
    stateful = _is_stateful(op)
    states: List[bool] = []
    attributes = {}
    # The map of a protocol buffer has another order in each process, and functions are numbered.
    for name, value in sorted(definition.attr.items()):
        if stateful and name in NAMED_RESOURCE:
            raise NotUnderstood("`%s` makes or finds a resource (%s)" % (definition.name, op))
        if name in DROPPED or (name.startswith("_") and name not in KEPT_PRIVATE):
            continue
        functions = [value.func] if value.WhichOneof("value") == "func" else value.list.func
        if functions:
            keys = [function_key(function.name) for function in functions]
            text = " ".join(key for key, _ in keys) + _own_attributes(functions)
            attributes[name] = (text, FUNCTION + text)
            states += [state for _, state in keys]
        else:
            attributes[name] = _attribute(value, readable)
    named = definition.attr.get("_gradient_op_type")
    gradient = "" if named is None else named.s.decode()
    if gradient and not gradient.startswith(GRADIENTS_OF_CALLS):
        # Custom gradients are numbered; what they do is traced.
        text = "custom" if gradient.startswith("CustomGradient") else gradient
        attributes[GRADIENT] = (text, text)
    if definition.device:
        attributes["device"] = (definition.device, definition.device)
    inputs = [_edge(item, places) for item in definition.input if not item.startswith("^")]
    if op == "Assert":
        # The message holds names of tensors.
        inputs = inputs[:1]
        attributes.pop("T", None)
    numbered = stateful and op not in READING_OPS
    own_state = numbered and (any(states) if states else True)
    return Node(definition.name, op, attributes, inputs, controls, numbered, own_state)


def _own_attributes(functions: Iterable[Any]) -> str:
    """The attributes that the uses of functions set, "" as a rule."""
    found = [
        (index, name, value.SerializeToString(deterministic=True).hex())
        for index, function in enumerate(functions)
        for name, value in function.attr.items()
    ]
    return " " + digest(sorted(found)) if found else ""


def _constant(definition: Any) -> Source:
    from tensorflow.python.framework import (  # type: ignore[import-untyped,unused-ignore]
        tensor_util,
    )

    tensor = definition.attr["value"].tensor
    try:
        return constant(tensor_util.MakeNdarray(tensor))
    except (TypeError, ValueError):
        # A dtype that NumPy has not: the encoded value is stricter.
        encoded = digest(tensor.SerializeToString(deterministic=True))
        return Source("constant", "dtype %d #%s" % (tensor.dtype, encoded))


def _attribute(value: Any, known: Dict[bytes, str]) -> Tuple[str, str]:
    content = value.SerializeToString(deterministic=True)
    if content not in known:
        known[content] = _readable(value)
    return content.hex() if len(content) < SHOWN_ATTRIBUTE else digest(content), known[content]


def _readable(value: Any) -> str:
    kind = value.WhichOneof("value")
    content: Any = getattr(value, kind) if kind else ""
    if kind in ("i", "f", "b"):
        return str(content)
    if kind == "s":
        return str(content.decode("utf-8", "replace"))[:SHOWN_ATTRIBUTE]
    if kind == "type":
        from tensorflow.python.framework import (  # type: ignore[import-untyped,unused-ignore]
            dtypes,
        )

        return str(dtypes.as_dtype(content).name)
    if kind == "list" and content.i:
        return str(list(content.i))
    return " ".join(str(content).split())[:SHOWN_ATTRIBUTE]


def _is_stateful(op: str) -> bool:
    """Whether TensorFlow marks the op so; it marks reads of variables too (seen with 2.21)."""
    from tensorflow.python.framework import (  # type: ignore[import-untyped,unused-ignore]
        op_def_registry,
    )

    definition = op_def_registry.get(op)
    if definition is None:
        raise NotUnderstood("the op `%s` is not known" % op)
    return bool(definition.is_stateful)


def _skip_identities(graph: Graph) -> None:
    """Let the consumers of an ``Identity`` take its input, which has the same bits."""
    nodes = graph.nodes

    def origin(edge: Edge) -> Edge:
        while _is_identity(nodes[edge[0]]):
            edge = nodes[edge[0]].inputs[0]
        return edge

    for node in nodes:
        if not _is_identity(node):
            node.inputs = [origin(edge) for edge in node.inputs]
            node.controls = [origin((place, "0"))[0] for place in node.controls]
    graph.outputs = [origin(edge) for edge in graph.outputs]
    graph.must_run = [origin((place, "0"))[0] for place in graph.must_run]


def _is_identity(node: Node) -> bool:
    plain = not node.controls and not {GRADIENT, "device"} & set(node.attributes)
    return node.op == "Identity" and plain
