"""What a model says of a photo and why: assessments, explanations, and the reports of `exiqa assess`.

What computes the predictions is in `engines`.
"""
