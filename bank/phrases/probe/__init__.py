"""The probe behind the linker: what it sees of a phrase, and the regression that it is.

Nothing here knows what an effect is: texts and classes go in, probabilities come out.
"""
