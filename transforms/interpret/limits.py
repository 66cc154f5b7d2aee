"""The limits of the analysis, each with its reason; past a limit values widen, never narrow."""

from __future__ import annotations

# About a second of the slowest code; the limit of a module is for all that is run of it.
# Past it KC207 is told.
STEPS = 60_000
MODULE_STEPS = 120_000
# What one function takes itself in all calls together; past it, calls of it are not looked into.
FUNCTION_STEPS = 200_000
# Cells and parts of values (forked, joined, looked into) that take as long as one step.
WORK = 16
# Imports are followed no further than this, so that one file of a large package stays fast.
UNASKED_BYTES = 1_000_000
# Python's own limit is 1,000; builders nest five deep, and what nests deeper recurs.
CALL_DEPTH = 32
# Activations of one function inside each other before its numbers and strings are forgotten.
RECURSION = 3
# Passes over a recursion until its result no longer grows; past it the result is not known.
RECURSION_PASSES = 4
# Runs of one function with different arguments before its numbers and strings are forgotten.
CONTEXTS = 4
# Places of calls whose objects are told apart, for each function.
PLACES = 60
# Summaries kept for equal arguments: they differ in the heap only. The oldest is forgotten.
SUMMARIES = 16
# Different numbers and strings that one value keeps apart.
CONSTANTS = 8
# Alternatives that are gathered before they are looked at for what widens.
UNJOINED = 32
# Lengths of tuples that one value keeps apart.
SHAPES = 4
# All that one tuple holds at any depth: more is laid flat.
SIZE = 120
# Tuples in tuples: what a loop nests without end is cut here.
NESTING = 4
# Attributes of attributes of what is not known, which recursion nests without end.
ATTRIBUTES = 3
# Loops over short displays are unrolled: lists of sizes in builders are about this long.
UNROLLED = 6
# Comprehensions cost less than loops.
UNROLLED_COMPREHENSION = 8
# A list keeps its length up to here; then only what its items may be.
LIST_LENGTH = 16
# Passes over the body of a loop before its values are widened; most need two.
LOOP_PASSES = 4
# Passes after which the loop ends whatever it holds; the analysis of the file is cut short.
LOOP_PASSES_END = 12
# Rounds in which a function shows which of its parameters are symbolic.
EVIDENCE_ROUNDS = 3
# Rounds over what nobody calls, since one such function may set what another reads.
ENTRY_ROUNDS = 3
# Values that are made once for all that is known alike; a large module has some hundred.
SHARED = 4096
