"""Notebooks, seen as one Python module each, and put back with all else as it was."""
