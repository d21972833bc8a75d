"""What moves while the shutter is open, or while rows are read."""
