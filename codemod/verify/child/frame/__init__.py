"""The frame of a model: all that the user sees of it beside what it computes."""
