"""What the distortions compute with: colour spaces, filters, warps, thresholds, non-local means.

Nothing here is a distortion by itself.
"""
