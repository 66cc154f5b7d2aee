"""Hazards of code that was there before, mended where that is right."""
