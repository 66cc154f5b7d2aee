"""The command line, the engine and the verification of keras-codemod."""
