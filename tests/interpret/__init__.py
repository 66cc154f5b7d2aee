"""Tests of interpret."""
