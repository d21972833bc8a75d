"""Predictions that look at no image: what any method has to beat before its figures mean anything."""
