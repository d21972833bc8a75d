"""A report in its forms: Markdown, HTML, LaTeX, CSV, the terminal. What it says is settled before they see it."""
