"""How the body of a function uses its parameters: what kind of value each of them needs."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, List, Sequence, Set

from ..limits import PASSED_ON
from .parameter_paths import Path, chain_of, constant, kept_parts, last_name, link_of

TEXT_METHODS = frozenset(["lower", "upper", "strip", "startswith", "endswith", "split", "format"])
SHAPE_WORDS = frozenset(["shape", "input_shape", "batch_shape", "batch_input_shape"])
COUNTED = frozenset(["range", "int", "float", "sqrt", "round", "Dense", "LSTM", "GRU"])
WALKED = frozenset(["enumerate", "len", "zip", "list", "tuple", "reversed", "sorted", "sum"])
LOSSES = re.compile(r"Loss|[Ee]ntropy|Error|Hinge|Huber|Accuracy|Similarity|Divergence")
"""What is made and called as a layer is, and is none."""
OP_ROOTS = frozenset(["tf", "tensorflow", "K", "backend"])
NO_OPERANDS = frozenset(
    [
        *("zeros", "ones", "range", "constant", "fill", "eye", "Variable", "linspace", "uniform"),
        *("normal", "truncated_normal", "convert_to_tensor", "cast", "sqrt", "TensorShape"),
    ]
)
"""Functions of TensorFlow that are often given numbers."""
OF_CONTAINERS = frozenset(
    ["append", "extend", "insert", "update", "pop", "remove", "clear", "sort", "reverse", "add"]
)
"""Methods of lists, dictionaries and sets."""
OPENED = frozenset(["open", "load", "load_weights", "load_model", "join", "exists", "read_csv"])


@dataclass
class Use:
    """What is done with one parameter.

    ``texts`` and ``numbers`` are what it is compared with as equal, ``length`` how many items it
    must have, ``paths`` what is read from it: ``.model["width"]`` is ``(".model", "width")``,
    ``parts`` what is done with that, ``asked`` the keys that it may have or not, ``methods`` those
    that are called alone, as statements.
    """

    kinds: Set[str] = field(default_factory=set)
    texts: List[str] = field(default_factory=list)
    length: int = 0
    paths: List[Path] = field(default_factory=list)
    methods: Set[str] = field(default_factory=set)
    numbers: List[int] = field(default_factory=list)
    parts: Dict[Path, "Use"] = field(default_factory=dict)
    asked: List[str] = field(default_factory=list)

    def add(self, other: "Use") -> None:
        """Take over what is done elsewhere with the same value."""
        self.kinds |= other.kinds
        self.texts += other.texts
        self.length = max(self.length, other.length)
        self.paths += other.paths
        self.methods |= other.methods
        self.numbers += other.numbers
        self.asked += other.asked
        for path, part in other.parts.items():
            self.part(path).add(part)

    def part(self, path: Path) -> "Use":
        """What is done with what is read at ``path``."""
        return self.parts.setdefault(path, Use())


@dataclass(frozen=True)
class Known:
    """What the sources define: keys of dictionaries, and functions, by their names."""

    tables: Dict[str, List[str]]
    functions: Dict[str, Any]


def uses(function: Any, known: Known, depth: int = PASSED_ON) -> Dict[str, Use]:
    """The use of each parameter, also in functions that it is passed on to."""
    names = [node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)]
    return uses_of(names, function, known, depth)


def uses_of(
    names: Sequence[str], node: Any, known: Known, depth: int = PASSED_ON
) -> Dict[str, Use]:
    """What the code in ``node`` does with variables of these ``names``."""
    found = {name: Use() for name in names}
    inner: Set[int] = set()
    kept = kept_parts(node, found)
    for outer in ast.walk(node):
        for child, place in _children(outer):
            name, link = link_of(child)
            name, before = kept.get(name, (name, ()))
            if name in found:
                path = (*before, *link)
                use = found[name].part(path) if path else found[name]
                _note(use, outer, place, child, known.tables)
        for operand in _operands(outer):
            if operand in found:
                found[operand].kinds.add("operand")
        for size in _sizes(outer):
            if size in found:
                found[size].kinds |= {"number", "size"}
        if isinstance(outer, ast.Call) and depth:
            _pass_on(outer, found, known, depth)
        if isinstance(outer, ast.Compare):
            _note_texts(outer, found)
        if isinstance(outer, ast.Expr):
            _note_method(outer.value, found)
        name, path = chain_of(outer, inner)
        if name in found and path:
            found[name].paths.append(path)
    return found


def _note_texts(node: ast.Compare, found: Dict[str, Use]) -> None:
    """Note a text that is compared as it is or changed: ``how.lower() == "sum"``."""
    for operand in [node.left, *node.comparators]:
        function = getattr(operand, "func", None)
        name = getattr(getattr(function, "value", None), "id", "")
        if name in found and getattr(function, "attr", "") in TEXT_METHODS:
            _note_comparison(found[name], node, operand)


def _note_method(node: Any, found: Dict[str, Use]) -> None:
    """Note a method that is called for what it does: ``description.add(name)``."""
    function = getattr(node, "func", None)
    if isinstance(node, ast.Call) and isinstance(function, ast.Attribute):
        name = getattr(function.value, "id", "")
        if name in found and function.attr not in OF_CONTAINERS:
            found[name].methods.add(function.attr)


def _pass_on(call: ast.Call, found: Dict[str, Use], known: Known, depth: int) -> None:
    """Add what a called function does with the parameters that it is given."""
    callee = known.functions.get(last_name(call.func) or "")
    if callee is None:
        return
    words = [item.arg for item in callee.args.args]
    words = words[words[:1] == ["self"] :]
    pairs: List[Any] = list(zip(words, call.args))
    pairs += [(item.arg, item.value) for item in call.keywords]
    given = [(word, *chain_of(value, set())) for word, value in pairs]
    given = [(word, name, path) for word, name, path in given if name in found]
    if given:
        inner = uses(callee, known, depth - 1)
        for word, name, path in given:
            if word in inner and not path:
                found[name].add(inner[word])
            elif word in inner:
                found[name].paths += [(*path, *further) for further in inner[word].paths]
                found[name].part(path).add(inner[word])


def _operands(node: Any) -> Iterator[str]:
    """The names that an op of TensorFlow is applied to, as ``tf.nn.relu(x)``, ``K.sum(x)``."""
    if not isinstance(node, ast.Call) or not node.args:
        return
    name, root = last_name(node.func) or "", node.func
    while isinstance(root, ast.Attribute):
        root = root.value
    is_op = isinstance(root, ast.Name) and root is not node.func and root.id in OP_ROOTS
    if not is_op or name in NO_OPERANDS or not name[:1].islower():
        return
    first = node.args[0]
    for item in first.elts if isinstance(first, (ast.List, ast.Tuple)) else [first]:
        if isinstance(item, ast.Name):
            yield item.id


def _sizes(node: Any) -> Iterator[str]:
    """The names that a shape is made of: ``Input((size, 2 * size))``."""
    if isinstance(node, ast.Call) and last_name(node.func) in ("Input", "InputLayer"):
        named = [word.value for word in node.keywords if word.arg in SHAPE_WORDS]
        for shape in [*node.args, *named]:
            for item in shape.elts if isinstance(shape, (ast.Tuple, ast.List)) else []:
                yield from _numbers_in(item)


def _numbers_in(node: Any) -> Iterator[str]:
    """The names in a calculation."""
    if isinstance(node, ast.BinOp):
        yield from _numbers_in(node.left)
        yield from _numbers_in(node.right)
    elif isinstance(node, ast.Name):
        yield node.id


def _children(node: ast.AST) -> Iterator[Any]:
    for place, value in ast.iter_fields(node):
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, ast.AST):
                yield item, place


def _note(use: Use, parent: Any, place: str, name: ast.expr, tables: Dict[str, List[str]]) -> None:
    if isinstance(parent, ast.Compare):
        _note_comparison(use, parent, name)
        _note_table(use, parent, name, tables)
    elif isinstance(parent, ast.Attribute):
        _note_attribute(use, parent)
    elif isinstance(parent, ast.Subscript):
        _note_item(use, parent, place, tables)
    elif isinstance(parent, ast.Call):
        _note_call(use, parent, place, tables)
    elif isinstance(parent, ast.keyword):
        _note_keyword(use, str(parent.arg))
    elif isinstance(parent, (ast.BinOp, ast.UnaryOp)):
        is_truth = isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not)
        use.kinds |= {"truth"} if is_truth else {"number", "added"}
    elif isinstance(parent, (ast.If, ast.IfExp, ast.BoolOp)) and place in ("test", "values"):
        use.kinds.add("truth")
    elif isinstance(parent, (ast.For, ast.comprehension)) and place == "iter":
        use.kinds.add("walked")
    elif isinstance(parent, ast.Starred):
        use.kinds.add("shape")
    elif isinstance(parent, ast.Assign) and place == "value":
        _note_unpacking(use, parent)


def _note_comparison(use: Use, parent: ast.Compare, name: ast.expr) -> None:
    if isinstance(parent.ops[0], (ast.In, ast.NotIn)) and parent.left is not name:
        key = constant(parent.left)
        use.asked += [key] if isinstance(key, str) else []
        return
    others = [item for item in [parent.left, *parent.comparators] if item is not name]
    for other in others:
        items = other.elts if isinstance(other, (ast.Tuple, ast.List, ast.Set)) else [other]
        for item in items:
            value = getattr(item, "value", None) if isinstance(item, ast.Constant) else None
            if isinstance(value, str):
                use.kinds.add("text")
                use.texts.append(value)
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                use.kinds.add("number")
                is_same = isinstance(parent.ops[0], (ast.Eq, ast.NotEq, ast.In, ast.NotIn))
                use.numbers += [value] if is_same and isinstance(value, int) else []


def _note_table(
    use: Use, parent: ast.Compare, name: ast.expr, tables: Dict[str, List[str]]
) -> None:
    """Note that it is a key of a table: ``if kind not in MODELS``."""
    if parent.left is name and isinstance(parent.ops[0], (ast.In, ast.NotIn)):
        table, path = link_of(parent.comparators[0])
        if table in tables and not path:
            use.kinds.add("text")
            use.texts += tables[table]


def _note_attribute(use: Use, parent: ast.Attribute) -> None:
    if parent.attr in TEXT_METHODS:
        use.kinds.add("text")
    elif parent.attr in ("shape", "get_shape", "dtype"):
        use.kinds.add("tensor")
    else:
        use.kinds.add("settings")


def _note_item(use: Use, parent: ast.Subscript, place: str, tables: Dict[str, List[str]]) -> None:
    if place == "slice":
        table = parent.value.id if isinstance(parent.value, ast.Name) else ""
        use.texts += tables.get(table, [])
        use.kinds.add("text" if table in tables else "number")
        return
    key = constant(parent.slice)
    if isinstance(key, str):
        use.kinds.add("settings")
    elif isinstance(key, int):
        use.kinds.add("shape")
        use.length = max(use.length, key + 1 if key >= 0 else -key)
    else:
        use.kinds.add("shape" if isinstance(parent.slice, ast.Slice) else "walked")


def _note_call(use: Use, parent: ast.Call, place: str, tables: Dict[str, List[str]]) -> None:
    if place == "func":
        use.kinds.add("function")
        return
    called = last_name(parent.func)
    table = getattr(getattr(parent.func, "value", None), "id", "")
    if called == "get" and table in tables:
        use.kinds.add("text")
        use.texts += tables[table]
    if called in ("Input", "InputLayer"):
        use.kinds.add("shape")
    elif called in WALKED:
        use.kinds.add("walked")
    elif called in COUNTED:
        use.kinds.add("number")
    elif called in OPENED:
        use.kinds.add("path")
    elif isinstance(parent.func, ast.Call):
        use.kinds.add("tensor")
        made = last_name(parent.func.func) or ""
        if made[:1].isupper() and not LOSSES.search(made):
            use.kinds.add("layered")


def _note_keyword(use: Use, word: str) -> None:
    if word in SHAPE_WORDS:
        use.kinds.add("shape")
    elif word == "name":
        use.kinds.add("named")
    elif word in ("units", "filters", "output_dim", "input_dim", "num_heads", "key_dim"):
        use.kinds.add("number")


def _note_unpacking(use: Use, parent: ast.Assign) -> None:
    target = parent.targets[0]
    if isinstance(target, (ast.Tuple, ast.List)):
        use.kinds.add("shape")
        use.length = max(use.length, len(target.elts))
