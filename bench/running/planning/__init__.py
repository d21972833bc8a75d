"""What a suite's cells are waiting for. Nothing is run here, and no weights are loaded."""
