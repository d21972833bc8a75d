"""The model as one graph without this package, and the graph that ships beside the shipped model.

Reading such a graph again is in `engines`.
"""
