"""What exposure, the sensor and its sampling do."""
