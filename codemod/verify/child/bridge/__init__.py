"""Raw TensorFlow ops on the symbolic tensors of Keras 3, made layers as Keras 2 makes them."""
