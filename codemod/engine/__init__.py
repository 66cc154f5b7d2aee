"""The data flow of a run, and how verification decides what is written."""
