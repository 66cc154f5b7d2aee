"""Keys of graphs: equal keys mean equal computations, whatever the names and the order.

The key of a node is a digest of its op, its attributes, the keys of its ordered inputs and the
keys of the nodes that control edges put before it. A node with state also holds its number in a
walk from the outputs: one random draw used twice is not two draws. Each number is given to one
node, so two graphs with equal keys match node by node in all that has state, however the numbers
came about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from .folding import Folded, folded_constants, folded_in_function
from .nodes import FUNCTION, KEPT_PRIVATE, Graph, Node, graph_of
from .sources import RESOURCES, NotUnderstood, Source, digest

Shape = List[Optional[int]]


@dataclass(frozen=True)
class NodeEntry:
    """A node by key; ``inputs`` are ``key:output``, ``number`` is -1 for a node without state.

    ``name``, ``shape`` (of the tensor in which an axis counts, where known) and ``folded`` (the
    constants that the outputs are, by output, where they can be computed) are not part of the key.
    """

    op: str
    attributes: str
    inputs: List[str]
    controls: List[str]
    number: int
    name: str
    shape: Optional[Shape] = None
    folded: Dict[str, str] = field(default_factory=dict)


@dataclass
class Tables:
    """What keys stand for: nodes, readable attributes, and functions.

    A function has its outputs, its effects, and a digest of the rest that belongs to its key.
    Where there are functions among attributes, ``plain`` has the key of the others.
    """

    nodes: Dict[str, NodeEntry] = field(default_factory=dict)
    attributes: Dict[str, Dict[str, str]] = field(default_factory=dict)
    functions: Dict[str, List[List[str]]] = field(default_factory=dict)
    plain: Dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class GraphKeys:
    """The keys of what a graph returns (in order) and of what runs besides (sorted)."""

    outputs: List[str]
    effects: List[str]


def node_key(op: str, attributes: str, inputs: List[str], controls: List[str], number: int) -> str:
    """The key of a node."""
    return digest((op, attributes, inputs, sorted(set(controls)), number))


def attributes_key(attributes: Dict[str, str]) -> str:
    """The key of attributes, given by their canonical texts."""
    return digest(sorted(attributes.items()))


def keys_of_graph(
    graph_def: Any,
    sources: Dict[str, Source],
    outputs: List[str],
    must_run: List[str],
    tables: Tables,
    shape_of: Callable[[str], Optional[Shape]],
) -> GraphKeys:
    """The keys of a ``GraphDef`` whose placeholders are ``sources``; ``tables`` is added to.

    ``shape_of`` gives by the name of a node the shape of the tensor in which its axis counts, if
    it is known. Raises ``NotUnderstood``.
    """
    functions = {item.signature.name: item for item in graph_def.library.function}
    known: Dict[str, Optional[Tuple[str, bool]]] = {}

    def function_key(name: str) -> Tuple[str, bool]:
        if name not in known:
            if name not in functions:
                raise NotUnderstood("the function `%s` is not in the graph" % name)
            known[name] = None
            known[name] = _function_key(functions[name], function_key, len(known), tables)
        found = known[name]
        if found is None:
            raise NotUnderstood("the function `%s` calls itself" % name)
        return found

    graph = graph_of(graph_def.node, sources, outputs, set(must_run), function_key)
    return _keys(graph, tables, shape_of, folded_constants(graph_def.node))


def function_digest(rest: str, keys: GraphKeys) -> str:
    """The key of a function that returns and runs what ``keys`` say."""
    return digest((rest, keys.outputs, keys.effects))


def _function_key(
    function: Any, function_key: Callable[[str], Tuple[str, bool]], number: int, tables: Tables
) -> Tuple[str, bool]:
    """The key of a function and whether it has state of its own.

    The generators of random ops belong to a function: two calls of one are not calls of two
    equal ones, and so its number belongs to the key of a function with state.
    """
    arguments = {
        item.name: Source("argument", "%d of type %d" % (index, item.type))
        for index, item in enumerate(function.signature.input_arg)
    }
    outputs = [function.ret[item.name] for item in function.signature.output_arg]
    graph = graph_of(
        function.node_def, arguments, outputs, set(function.control_ret.values()), function_key
    )
    keys = _keys(graph, tables, lambda name: None, folded_in_function(function))
    has_state = any(node.own_state for node in graph.nodes)
    types = [source.text for source in arguments.values()]
    compiled = sorted(
        (name, function.attr[name].SerializeToString())
        for name in KEPT_PRIVATE
        if name in function.attr
    )
    rest = digest((types, compiled, number if has_state else -1))
    key = function_digest(rest, keys)
    tables.functions[key] = [keys.outputs, keys.effects, [rest]]
    return key, has_state


def _keys(
    graph: Graph, tables: Tables, shape_of: Callable[[str], Optional[Shape]], folded: Folded
) -> GraphKeys:
    roots = [place for place, _ in graph.outputs] + graph.must_run
    keys: Dict[int, str] = {}
    counts: Dict[str, int] = {}
    for place in _walk(roots, graph):
        node = graph.nodes[place]
        number = -1
        attributes = attributes_key({name: text for name, (text, _) in node.attributes.items()})
        inputs = ["%s:%s" % (keys[origin], output) for origin, output in node.inputs]
        if node.numbered:
            among = _numbered_among(node, attributes, keys, graph)
            number = counts.get(among, 0)
            counts[among] = number + 1
        controls = [keys[origin] for origin in node.controls]
        key = node_key(node.op, attributes, inputs, controls, number)
        keys[place] = key
        if attributes not in tables.attributes:
            tables.attributes[attributes] = {name: v[1] for name, v in node.attributes.items()}
            plain = {n: v[0] for n, v in node.attributes.items() if not v[1].startswith(FUNCTION)}
            if len(plain) < len(node.attributes):
                tables.plain[attributes] = attributes_key(plain)
        if key not in tables.nodes:
            tables.nodes[key] = NodeEntry(
                node.op,
                attributes,
                inputs,
                controls,
                number,
                node.name,
                shape_of(node.name),
                folded.get(node.name, {}),
            )
    return GraphKeys(
        ["%s:%s" % (keys[place], output) for place, output in graph.outputs],
        sorted(keys[place] for place in graph.must_run),
    )


def _numbered_among(node: Node, attributes: str, keys: Dict[int, str], graph: Graph) -> str:
    """Which nodes with state are counted together.

    What reads and writes other variables is met in the order of names, which is nobody's; what
    touches one variable has an order of its own, since it runs one after the other.
    """
    if node.op in RESOURCES:
        return attributes
    touched = [keys[origin] for origin, _ in node.inputs if graph.nodes[origin].op in RESOURCES]
    return " ".join(touched)


def _walk(roots: List[int], graph: Graph) -> Iterator[int]:
    """What the roots need, what a node needs before the node."""
    left: Dict[int, bool] = {}
    for root in roots:
        stack = [root]
        while stack:
            place = stack[-1]
            if left.get(place):
                stack.pop()
            elif place in left:
                stack.pop()
                left[place] = True
                yield place
            else:
                left[place] = False
                node = graph.nodes[place]
                needed = [origin for origin, _ in node.inputs] + node.controls
                if any(left.get(origin) is False for origin in needed):
                    raise NotUnderstood("the graph has a loop of edges")
                stack.extend(origin for origin in reversed(needed) if origin not in left)
