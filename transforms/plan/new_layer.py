"""What one unit becomes."""

from __future__ import annotations

from dataclasses import dataclass

from transforms.sites.dead import DeadStatement
from transforms.syntax.records import Edit, Span, Target
from transforms.syntax.source_text import SourceText


@dataclass(frozen=True, eq=False, kw_only=True)
class NewLayer:
    """What one unit becomes: ``call`` is the call of the layer, ``edit`` puts it in place.

    ``layer_name`` is None where Keras counts up the name, ``class_name`` where no class is made.
    With the target ``ops`` it is a call of the ``functions`` of ``keras.ops``, and no layer.
    Where ``call`` is empty, statements are deleted. ``at`` is its first raw expression, and
    ``is_named`` tells whether ``layer_name`` stands in the code; ``also`` are edits elsewhere.
    """

    edit: Edit
    call: str
    target: Target
    layer_name: str | None
    class_name: str | None
    imports: tuple[str, ...]
    functions: tuple[str, ...] = ()
    at: Span | None = None
    is_named: bool = False
    also: tuple[Edit, ...] = ()


def deletion(unit: DeadStatement, text: SourceText) -> NewLayer:
    """Nothing, in the place of a statement that nobody needs."""
    return NewLayer(
        edit=unit.edit(text, ""),
        call="",
        target="layer",
        layer_name=None,
        class_name=None,
        imports=(),
    )
