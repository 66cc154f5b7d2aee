"""Running the user's code and catching the models that it makes."""
