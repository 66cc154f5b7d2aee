"""What else stops code under Keras 3, or silently changes there: beside the raw ops."""
