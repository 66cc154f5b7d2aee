"""Keeping user code from changing anything outside the temporary folder, or leaving anything."""
