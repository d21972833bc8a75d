"""What the camera's software, and apps after it, do to a photo."""
