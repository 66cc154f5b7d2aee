"""What writes one random functional program."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

FUNCTIONS = ("tf.nn.relu", "tf.tanh", "tf.nn.softplus", "tf.nn.gelu", "tf.sin", "tf.nn.relu6")
OWN = ("own", "scaled", "lambda t: t - tf.square(t)", "functools.partial(scaled, by=2.0)")
NAMES = ("relu", "tanh", "softplus", "sigmoid")
REDUCTIONS = ("tf.reduce_sum", "tf.reduce_max", "tf.reduce_mean", "tf.reduce_min")


@dataclass(kw_only=True)
class Writer:
    """One program while it is written; ``suffix`` keeps its names apart from the others'."""

    random: random.Random
    suffix: str
    before: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)
    is_method: bool = False

    def parameter(self, values: list[str]) -> str:
        """A new parameter; the first of ``values`` is its default."""
        name = f"p{len(self.values)}"
        self.values[name] = values
        return self.attribute(name) if self.is_method else name

    def attribute(self, name: str) -> str:
        return f"self.{name}" if self.random.random() < 0.7 else name

    def table(self) -> tuple[str, list[str]]:
        """A table of functions at module level, and its keys."""
        name = f"TABLE_{self.suffix}_{len(self.before)}"
        functions = self.random.sample(FUNCTIONS, self.random.randint(2, 4))
        functions += self.random.sample(OWN, self.random.randint(0, 2))
        self.random.shuffle(functions)
        items = ", ".join(f'"{key}": {text}' for key, text in zip("abcdefg", functions))
        self.before.append(f"{name} = {{{items}}}")
        return name, [repr(key) for key, _ in zip("abcdefg", functions)]

    def line(self, text: str, depth: int = 0) -> None:
        self.body.append("    " * depth + text)

    def op(self, operand: str = "x") -> str:
        """An op whose values are fixed."""
        return self.random.choice(
            [
                f"{self.random.choice(FUNCTIONS)}({operand})",
                f"{operand} * {self.random.choice(['2.0', '0.5', '-1.5'])}",
                f"tf.roll({operand}, 1, 1)",
                f"tf.concat([{operand}[:, 1:], {operand}[:, :1]], 1)",
                f"{operand} - tf.reduce_mean({operand}, -1, keepdims=True)",
            ]
        )
