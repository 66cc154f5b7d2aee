"""What is known from earlier runs, as long as nothing has changed that it depends on."""
