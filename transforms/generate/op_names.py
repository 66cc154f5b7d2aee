"""Names of one or two English words for what the ops of a layer compute."""

from __future__ import annotations

import ast

from transforms.generate.terms import CONSTANT, LEAF, LISTED, Term, short_name, term_of_unit
from transforms.interpret.symbolic import Analysis
from transforms.knowledge.op_words import (
    CONSTANT_NAMES,
    CONSTANT_NOUNS,
    OP_WORDS,
    WITH_TENSOR,
    OpWords,
)
from transforms.sites.units import Unit
from transforms.syntax.limits import LONGEST_NAME
from transforms.syntax.naming import op_name, snake_case

COMMUTATIVE = frozenset({"add", "multiply", "maximum", "minimum", "scalar_mul"})
JOINING = frozenset({"concat", "concatenate", "stack"})
MOVING = frozenset({"reshape", "transpose", "permute_dimensions"})
ONLY_MOVING = MOVING | {"expand_dims", "squeeze", "item", "flatten", "batch_flatten"}
# They prepare what others work on.
QUIET = frozenset({"cast", "convert_to_tensor", "identity", "shape", "int_shape", "range"})
SIDES = 2
REARRANGE = "rearrange"


def ops_name(analysis: Analysis, unit: Unit) -> str | None:
    """A layer name in English for the ops of ``unit``, None where there are no words for them."""
    if len(unit.layer_ops) == 1:
        return _name_of_one(unit)
    term = term_of_unit(analysis, unit)
    if term is None:
        return None
    tensors = {
        ast.unparse(part)
        for statement in unit.statements or (unit,)
        for expression in statement.expressions
        for part in expression.operands.symbolic
    }
    return _name_of_several(term, tensors)


def _name_of_one(unit: Unit) -> str | None:
    op = short_name(unit.layer_ops[0])
    words = OP_WORDS.get(op)
    (expression, *_) = unit.expressions
    operands = expression.operands.symbolic
    starred = isinstance(expression.root, ast.Call) and any(
        isinstance(argument, ast.Starred) for argument in expression.root.args
    )
    if op in CONSTANT_NAMES and len(operands) == 1 and not starred and _is_left(unit, op):
        return snake_case(CONSTANT_NAMES[op])
    return snake_case(words.alone) if words is not None and words.alone else None


def _is_left(unit: Unit, op: str) -> bool:
    """Whether the tensor of a sum, a product or the like stands in front, or may."""
    (expression, *_) = unit.expressions
    root = expression.root
    if op in COMMUTATIVE or isinstance(root, ast.AugAssign):
        return True
    if isinstance(root, ast.BinOp):
        return root.left in expression.operands.symbolic
    return isinstance(root, ast.Call) and root.args[:1] == [*expression.operands.symbolic]


def _name_of_several(term: Term, tensors: set[str]) -> str | None:
    if term.name == "item" and term.arguments[0][1].name == "shape":
        return "axis_size"
    ops = _ops_of(term)
    if not ops:
        return None
    if set(ops) <= ONLY_MOVING:
        if MOVING.intersection(ops):
            return REARRANGE
        return f"{op_name(ops[0])}_twice" if len(set(ops)) == 1 and ops[0] != "item" else None
    term = _without_quiet(term)
    words = OP_WORDS.get(term.name)
    if words is None:
        return None
    made = [(part, _noun(part, tensors)) for part in _parts(term)]
    if not any(noun for _, noun in made):
        made = [(part, "slice" if part.name == "item" else "") for part in _parts(term)]
    nouns = [noun for _, noun in made if noun]
    if term.name in JOINING:
        return _joined(term, nouns, tensors)
    if not nouns:
        return None
    if term.name == "where":
        return f"choose_where_{made[0][1]}" if made[0][1] else f"choose_{nouns[0]}"
    if len(nouns) == len(made) == SIDES:
        both = f"{snake_case(words.noun)}_of_{nouns[0]}_and_{nouns[1]}"
        return both if len(both) <= LONGEST_NAME else f"{snake_case(words.noun)}_of_{nouns[0]}"
    other = next((part for part, noun in made if not noun), None)
    is_first = bool(made[0][1])
    if other is not None and _is_tensor(other, tensors):
        if term.name in WITH_TENSOR and (not is_first or term.name in COMMUTATIVE):
            return f"{WITH_TENSOR[term.name]}_{nouns[0]}"
    elif term.name in CONSTANT_NOUNS and (is_first or term.name in COMMUTATIVE):
        if nouns[0] == "scaled_input" and CONSTANT_NOUNS[term.name] == "shifted":
            return "scale_and_shift"
        return f"{CONSTANT_NOUNS[term.name]}_{nouns[0]}"
    return f"{snake_case(words.noun)}_{'' if _is_adjective(words) else 'of_'}{nouns[0]}"


def _joined(term: Term, nouns: list[str], tensors: set[str]) -> str | None:
    elements = _parts(term)
    is_stack = term.name == "stack"
    if not nouns:
        return None
    if len(nouns) == 1 and len(elements) > 1 and not _noun(elements[0], tensors):
        return f"{'stack' if is_stack else 'append'}_{nouns[0].removesuffix('_input')}"
    if len(nouns) == len(elements) == SIDES:
        both = f"{nouns[0]}_and_{nouns[1]}" if nouns[0] != nouns[1] else nouns[0]
        return f"{'stack' if is_stack else 'join'}_{both}"
    return f"{'stacked' if is_stack else 'joined'}_{nouns[0].removesuffix('_input')}"


def _parts(term: Term) -> list[Term]:
    """The operands of an op; those in its list."""
    given = dict(term.arguments)
    parts = [given[place] for place in ("0", "1", "2") if place in given]
    if term.name not in {"add", "subtract", "multiply", "divide", "maximum", "minimum", "matmul"}:
        parts = parts[: 3 if term.name == "where" else 1]
    if len(parts) == 1 and parts[0].name == LISTED:
        parts = [part for _, part in parts[0].arguments]
    return parts


def _without_quiet(term: Term) -> Term:
    """What is left of ``term`` without ops around it that only prepare."""
    while term.name in QUIET and _parts(term):
        term = _parts(term)[0]
    return term


def _noun(term: Term, tensors: set[str]) -> str:
    """The word for the op that ``term`` is, empty for inputs."""
    term = _without_quiet(term)
    words = OP_WORDS.get(term.name)
    if words is None or term.name in QUIET:
        return ""
    parts = _parts(term)
    if _is_adjective(words):
        inner = next(filter(None, (_noun(part, tensors) for part in parts)), "")
        return inner or f"{snake_case(words.noun)}_input"
    others = [part for part in parts if not _is_tensor(part, tensors)]
    if term.name in CONSTANT_NOUNS and len(parts) == SIDES and len(others) == 1:
        other = others[0]
        if other.name in {LEAF, CONSTANT} and (other is parts[1] or term.name in COMMUTATIVE):
            return f"{CONSTANT_NOUNS[term.name]}_input"
    return snake_case(words.noun)


def _is_adjective(words: OpWords) -> bool:
    return words.noun.endswith("ed") and words.makes.startswith("{x")


def _is_tensor(term: Term, tensors: set[str]) -> bool:
    while term.name in {"item", *QUIET} and term.arguments:
        term = term.arguments[0][1]
    return term.name == LEAF and term.value in tensors


def _ops_of(term: Term, seen: set[int] | None = None) -> list[str]:
    """The ops in ``term``, the outermost first, but for those that prepare.

    What is read several times is ``seen`` once.
    """
    seen = set() if seen is None else seen
    if term.name in {LEAF, CONSTANT} or id(term) in seen:
        return []
    seen.add(id(term))
    own = [] if term.name in {LISTED, *QUIET} else [term.name]
    inner = dict(term.arguments)
    first = {"0"} if term.name in ONLY_MOVING else set(inner)
    return own + [
        op for place, part in inner.items() if place in first for op in _ops_of(part, seen)
    ]
