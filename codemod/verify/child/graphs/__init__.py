"""Proving that two traced graphs are the same computation."""
