"""What is known of TensorFlow and Keras: data, and questions to it."""
