"""Metrics of attributes: whether P(a|I) answers to what is seen in an image, and each to something of its own.

Truth is `exiqa.iqadata.grounding.attribute_truth`. What needs it is taken over the linked attributes alone.
"""
