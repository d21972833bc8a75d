"""What a paper that uses the figures cites: the method's paper, and this tool."""

from __future__ import annotations

from importlib.metadata import version


def bibtex() -> str:
    """Two entries: `exiqa-paper`, the method as it was published, and `exiqa-tool`, what computed the figures."""
    return f"""@article{{exiqa-paper,
  author  = {{Kazemi Ranjbar, Sepehr and Fatemizadeh, Emad}},
  title   = {{{{ExIQA}}: Explainable Image Quality Assessment Using Distortion Attributes}},
  journal = {{arXiv preprint arXiv:2409.06853}},
  year    = {{2024}}
}}

@misc{{exiqa-tool,
  author = {{{{The exiqa developers}}}},
  title  = {{exiqa: image quality explained by attributes, version {version("exiqa")}}},
  note   = {{Software, an independent implementation of the method}},
  year   = {{2026}}
}}
"""
