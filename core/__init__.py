"""What every other package shares and no one of them owns: errors, files, the console, progress, images, caches.

Nothing here may import another package of ours, or know what a bank, a distortion or a model is.
"""
