"""Static analysis and LibCST rewrites of raw ops in functional Keras models."""
