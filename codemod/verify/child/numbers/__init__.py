"""Samples, runs of models, and comparing what they give."""
