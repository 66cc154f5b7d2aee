"""What programs at random use: functions and classes with effects of many kinds."""

from __future__ import annotations

import re

IMPORTS = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from collections import defaultdict, deque, namedtuple
from contextlib import contextmanager
from dataclasses import dataclass
from settings import choose
"""

_DEFINITIONS = """\
Pair = namedtuple("Pair", "a b")

shared = 1.0

table = {}

class Holder:
    x = 1.0
    def __init__(self, x):
        self.x = x
        self.items = []
    def set(self, x):
        self.x = x
    def off(self):
        self.x = 1.0
    def keep(self, x):
        self.items.append(x)
        return self
    def perhaps(self, x):
        if choose():
            self.x = x
    def get(self):
        return self.x
    @property
    def current(self):
        return self.x
    def __call__(self, x):
        self.x = x
        return x
    def __iter__(self):
        yield self.x
        yield 1.0
    def __getitem__(self, key):
        return self.x
    def __add__(self, other):
        return other
    def __enter__(self):
        return self.x
    def __exit__(self, *error):
        self.x = 1.0
        return True

class Slot(Holder):
    def set(self, x):
        super().set(x)
        self.items = [x]

@dataclass
class Record:
    a: object
    b: object = 1.0

@contextmanager
def holding(x):
    yield x

def push(values, x):
    values.append(x)

def make():
    return []

def both(x, y):
    return y, x

def first(*values, **named):
    return values[0]

def named(**values):
    return values

def fill(mapping, x):
    mapping["k"] = x
    return mapping

def maybe(x):
    if choose():
        return x
    return 1.0

def store(x):
    global shared
    shared = x

def generate(x):
    yield x
    yield 1.0

def fail(holder, x):
    holder.x = x
    if choose():
        raise ValueError
    holder.x = 1.0

def deep(count, x, values):
    if count == 0:
        values.append(x)
        return 1.0
    return deep(count - 1, x, values)

def counter(x):
    kept = [1.0]
    def change(y):
        nonlocal x
        x = y
        kept.append(y)
    def read():
        return x
    return change, read, kept

def apply(function, x):
    return function(x)
"""


_NAME = re.compile(r"^(?:def |class )?(\w+)", re.MULTILINE)
# What binds each name; a blank line ends it.
DEFINITIONS = {_NAME.findall(text)[0]: text for text in _DEFINITIONS.split("\n\n")}
_WORDS = re.compile(r"\w+")


def header_for(body: str) -> str:
    """The imports and the definitions that a body needs, directly or through others."""
    needed: set[str] = set()
    pending = [body]
    for text in pending:
        new = (DEFINITIONS.keys() & set(_WORDS.findall(text))) - needed
        needed |= new
        pending += [DEFINITIONS[name] for name in new]
    kept = [text for name, text in DEFINITIONS.items() if name in needed]
    return "\n\n".join([IMPORTS, *kept, ""])
