"""Checkpoints, and what saved models can do."""
