"""Tests of mend."""
