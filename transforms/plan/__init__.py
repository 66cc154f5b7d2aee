"""What becomes of each site of a module."""
