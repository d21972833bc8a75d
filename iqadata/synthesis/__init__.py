"""The multi-distortion set: recipes as data, and their pixels, on one machine or many."""
