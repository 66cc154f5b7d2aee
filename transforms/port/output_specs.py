"""Classes that derive from layers which say in Keras 3 themselves what comes out of them.

``Embedding.compute_output_spec`` of Keras 3.15.1 tells of one tensor, whatever ``call`` of a class
that derives from it gives. The method of ``Layer`` looks at ``compute_output_shape`` and ``call``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.interpret.imports import reference
from transforms.knowledge.keras3_members import SAYING_OUTPUTS
from transforms.knowledge.keras_names import is_layer_class, last_part
from transforms.port.breaks import MEMBER, Break, Source, found
from transforms.port.edits import start_of
from transforms.port.scopes import FunctionNode, dotted_name
from transforms.syntax.nodes import walk
from transforms.syntax.records import Edit, InsertImport, ReplaceText


def find_output_specs(source: Source) -> Iterator[Break]:
    """The classes of ``source`` whose several outputs Keras 3 does not see."""
    for owner in source.all_of(ast.ClassDef):
        base = _base(source, owner)
        if base is None:
            continue
        methods = {item.name: item for item in owner.body if isinstance(item, ast.FunctionDef)}
        call = methods.get("call")
        if call is None or "compute_output_spec" in methods or not _gives_several(call):
            continue
        message = (
            f"Keras 3 takes what {base} gives for what `{owner.name}` gives: let Layer say it, in"
            " `compute_output_spec`"
        )
        yield found(source, MEMBER, call, message, _edits(source, call))


def _base(source: Source, owner: ast.ClassDef) -> str | None:
    for base in owner.bases:
        dotted = dotted_name(source.scoped, base) or ""
        if is_layer_class(dotted) and last_part(dotted) in SAYING_OUTPUTS:
            return last_part(dotted)
    return None


def _gives_several(call: FunctionNode) -> bool:
    """Whether ``call`` always returns a list or tuple that is written out."""
    returns = [node for node in walk(call) if isinstance(node, ast.Return)]
    return bool(returns) and all(isinstance(one.value, ast.List | ast.Tuple) for one in returns)


def _edits(source: Source, call: FunctionNode) -> tuple[Edit, ...]:
    span = source.text.span(call)
    indent = source.text.lines[span.line - 1][: span.column]
    if call.decorator_list or indent.strip():
        return ()
    layer = reference(source.parsed.imports, ["tensorflow.keras.layers.Layer"])
    own = call.args.args[0].arg if call.args.args else "self"
    deeper = indent + (indent if indent.strip("\t") else "\t" * len(indent))
    written = (
        f"def compute_output_spec({own}, *args, **kwargs):\n"
        f"{deeper}return {layer.expression}.compute_output_spec({own}, *args, **kwargs)\n\n{indent}"
    )
    edits: list[Edit] = [ReplaceText(start_of(source, call), written)]
    if layer.needed_import is not None:
        edits.append(InsertImport(layer.needed_import))
    return tuple(edits)
