"""The text of layers and of what takes the place of raw expressions."""
