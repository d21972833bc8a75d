"""The model as a graph that runs without this package."""
