"""Verification of rewrites: both models are built and run in other processes."""
