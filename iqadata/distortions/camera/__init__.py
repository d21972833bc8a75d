"""Faults as cameras and apps make them, one concept a file; the contract of a function is that of the folder above.

Light is added, spread and scaled in linear light (`light`), as optics and sensors do it; what apps do to finished
pictures (sharpening, saturation, local contrast) is done to sRGB values. Lengths are fractions of the image's width,
so that a parameter means the same at every size. At the parameter of no change a function returns a copy, and what it
does near that parameter is small. Draws are made before anything else and do not depend on the parameter, so that with
one seed a stronger fault is the same fault, only stronger.
"""
