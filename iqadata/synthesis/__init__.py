"""The multi-distortion set: recipes as data, and their pixels, on one machine or many.

What an image is made of is a recipe, and pixels follow from it alone; how a single distortion changes pixels lies in
`distortions`.
"""
