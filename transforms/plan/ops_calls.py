"""Raw expressions as calls of ``keras.ops``, written as their module would."""

from __future__ import annotations

import ast
from collections.abc import Callable

from transforms.generate.module_names import Vocabulary
from transforms.generate.ops_choice import OpsForm
from transforms.generate.ops_operands import OpsContext
from transforms.generate.ops_source import OpsWriter
from transforms.plan.new_layer import NewLayer
from transforms.sites.raw_expressions import RawExpression
from transforms.syntax.records import ReplaceExpression


def ops_call(
    context: OpsContext,
    vocabulary: Vocabulary,
    expression: RawExpression,
    form: OpsForm,
    outside: Callable[[ast.expr], str],
) -> NewLayer:
    """``expression`` with functions of ``keras.ops`` in the place of its raw ops.

    ``vocabulary`` is that of the place, ``outside`` gives the text of an operand. Of an augmented
    assignment only the value changes: Keras 3 has the operator.
    """
    written = {name: vocabulary.keras(f"ops.{name}") for name in form.functions}
    operands = (*expression.operands.symbolic, *expression.operands.captured)
    writer = OpsWriter(
        context=context,
        form=form,
        operands=frozenset(operands),
        function=lambda name: written[name][0],
        outside=outside,
    )
    root = expression.root
    value = root.value if isinstance(root, ast.AugAssign) else root
    call = writer.written(value)
    return NewLayer(
        edit=ReplaceExpression(context.text.span(value), call),
        call=call,
        target="ops",
        layer_name=None,
        class_name=None,
        imports=tuple({needed for _, needed in written.values() if needed is not None}),
        functions=tuple(name for name, _ in written.values()),
    )
