"""Where raw ops stand, which statements make a run, and what is refused."""
