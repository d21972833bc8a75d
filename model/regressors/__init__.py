"""From the attributes of a photo to its quality score (Eq. 9): the regressor, its fit, its file, its origin.

Nothing here knows the model that the attributes come from.
"""
