"""Sets of authentic photos, as people and cameras make them, with opinions of them; a file each.

No references, no distortion labels: a photo is its own reference, so that splits are by photo.
"""
