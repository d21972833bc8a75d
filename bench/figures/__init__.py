"""Figures for papers: one function from plain data to a matplotlib figure each, and the files that it becomes.

matplotlib is imported when the first figure is drawn, and only its object-oriented part: no display, no global state.
"""
