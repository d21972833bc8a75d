"""A report as data, and its forms: Markdown, HTML, LaTeX, CSV, the terminal."""
