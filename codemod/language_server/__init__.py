"""The language server: what the library finds and plans, in the words of the protocol."""
