"""Edits with LibCST that keep every byte outside them."""
