"""The abstract interpretation: which values of a source are symbolic."""
