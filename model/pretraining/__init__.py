"""How the small backbone and the model that ships were made: photographs, distorted crops, the run, the readout.

Nothing here is imported when a model is used.
"""
