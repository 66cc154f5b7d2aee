"""Where masks end, followed over the functions that modules import from one another."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from transforms.generate.module_names import names_of
from transforms.interpret.modules import absolute_name
from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.sites.mask_uses import MaskUses
from transforms.sites.masks import Helper, Masks


@dataclass(kw_only=True)
class ModuleMasks:
    """The masks of each module of an analysis, made when they are asked for."""

    analysis: Analysis
    uses: MaskUses = field(default_factory=MaskUses)
    _made: dict[Path, Masks] = field(default_factory=dict)

    def of(self, module: Module) -> Masks:
        """What follows tensors of ``module`` back to where a mask ends."""
        if module.path not in self._made:
            table, names = names_of(module)
            self._made[module.path] = Masks(
                analysis=self.analysis,
                tree=module.tree,
                imported={
                    name: dotted for name, dotted in table.names.items() if name in names.imported
                },
                functions={
                    node.name: node
                    for node in module.tree.body
                    if isinstance(node, ast.FunctionDef)
                    and node.name in names.functions
                    and not node.decorator_list
                },
                elsewhere=partial(self._imported, module),
            )
        return self._made[module.path]

    def _imported(self, module: Module, name: str) -> Helper | None:
        """The function that ``name`` is, where it is imported from a module in sight."""
        seen: set[tuple[Path, str]] = set()
        while (module.path, name) not in seen:
            seen.add((module.path, name))
            found = _import_of(module, name)
            source = None if found is None else self._by_name.get(found[0])
            if found is None or source is None:
                return None
            module, name = source, found[1]
            masks = self.of(module)
            if name in masks.functions:
                return masks, masks.functions[name]
        return None

    @property
    def _by_name(self) -> dict[str, Module]:
        return {module.name: module for module in self.analysis.modules.values()}


def _import_of(module: Module, name: str) -> tuple[str, str] | None:
    """The module and the name there, where one import at module level binds ``name``."""
    _, names = names_of(module)
    found = [
        (absolute_name(module, node), alias.name)
        for node in module.tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if (alias.asname or alias.name) == name
    ]
    is_once = len(found) == 1 and name in names.constants | names.imported
    return found[0] if is_once else None
