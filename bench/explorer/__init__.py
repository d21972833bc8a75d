"""The images that a report shows with what the model saw in them."""
