"""The part of verification that runs in the user's interpreter; loaded by ``worker.py``."""
