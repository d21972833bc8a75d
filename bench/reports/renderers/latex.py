"""The LaTeX renderer: booktabs tables, each a file to \\input, and a document that shows them all, and the figures.

They need the packages array, booktabs and graphicx, and any of pdfLaTeX (2018 or newer), XeLaTeX and LuaLaTeX.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest

from exiqa.bench.figures.style import ONE_COLUMN
from exiqa.bench.reports.figures import ReportFigure
from exiqa.bench.reports.report import Report
from exiqa.bench.tables.parts.significance import significance_notes
from exiqa.bench.tables.parts.table import (
    SIGNIFICANCE_SIGNS,
    Column,
    Row,
    RowGroup,
    Table,
    format_entry,
    format_images,
    format_quartiles,
)
from exiqa.core.console import printable

FIGURES = "figures"
"""The folder beside the document that holds the figures' files."""
LINES_A_PAGE = 50
"""Lines of a table, as estimated, after which it goes on in another float: LaTeX cannot break one."""

_SPECIAL: Mapping[str, str] = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_\allowbreak{}",
    "%": r"\%", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"{\ttfamily\char34}", "`": r"\textasciigrave{}", "'": r"\textquotesingle{}",
    "–": "--", "—": "---", "−": r"\ensuremath{-}", "‘": "`", "’": "'", "“": "``", "”": "''", "…": r"\dots{}",
    "×": r"\ensuremath{\times}", "±": r"\ensuremath{\pm}",
    "·": r"\ensuremath{\cdot}", "≥": r"\ensuremath{\geq}", "≤": r"\ensuremath{\leq}", "≈": r"\ensuremath{\approx}",
    "→": r"\ensuremath{\rightarrow}", "↑": r"\ensuremath{\uparrow}", "↓": r"\ensuremath{\downarrow}",
    "∞": r"\ensuremath{\infty}", "Σ": r"\ensuremath{\Sigma}", "√": r"\ensuremath{\surd}", "Δ": r"\ensuremath{\Delta}",
    "σ": r"\ensuremath{\sigma}", "τ": r"\ensuremath{\tau}", "ρ": r"\ensuremath{\rho}", "μ": r"\ensuremath{\mu}",
    "†": r"\dag{}", "‡": r"\ddag{}", "§": r"\S{}", "¶": r"\P{}", "°": r"\textdegree{}", "²": r"\textsuperscript{2}",
    "▲": r"\ensuremath{\bigtriangleup}", "▼": r"\ensuremath{\bigtriangledown}", "≡": r"\ensuremath{\equiv}",
    "\xa0": "~",
}  # fmt: skip
_LIGATURES: Mapping[str, str] = {
    "-": "-–—", "–": "-–—", "—": "-–—", ",": ",", "?": "‘“", "!": "‘“", "‘": "‘“", "“": "‘“", "’": "’”", "”": "’”",
}  # fmt: skip
"""What TeX would join with the character that follows: -- is a dash, ?` and ,, are other signs."""
_PLAIN = re.compile(r"(?! )(?:[A-Za-z0-9.:;()=/+@]|,(?!,)|-(?!-)| (?=\S))*", re.ASCII)
"""Text that prints as it is."""
# What pdfLaTeX's T1 fonts have beyond ASCII and Latin-1: most of Latin Extended-A.
_LATIN = set(
    "ĀāĂăĄąĆćČčĎďĐđĒēĖėĘęĚěĞğĢģĪīĮįİıĶķĹĺĻļĽľŁłŃńŅņŇňŐőŒœŔŕŘřŚśŞşŠšŤťŪūŮůŰűŲųŸŹźŻżŽž"
    + "".join(map(chr, range(0xC0, 0x100)))
) - {"×", "÷"}

_PREAMBLE = r"""\documentclass[a4paper,10pt]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{textcomp}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{array}
\usepackage{booktabs}
\usepackage{graphicx}
\usepackage[margin=1.7cm]{geometry}
\setlength{\emergencystretch}{4em}
\renewcommand{\tablename}{\unskip}
"""


def escape_latex(text: str) -> str:
    """`text` as one line of LaTeX that prints as that text and does nothing else.

    Control and direction characters become visible, white space is collapsed. Letters of Latin alphabets pass; another
    character that pdfLaTeX has no glyph for prints as its code point: `[U+4E2D]`.
    """
    if _PLAIN.fullmatch(text):
        return text  # nearly all text is, and a report has some hundred thousand
    line = " ".join(printable(unicodedata.normalize("NFC", text)).split())
    return "".join(
        _character(character) + ("{}" if after and after in _LIGATURES.get(character, "") else "")
        for character, after in zip_longest(line, line[1:], fillvalue="")
    )


def latex_table(table: Table, label: str, told: Mapping[str, str] | None = None) -> str:
    """The table as one or more floats, with its footnotes and notes.

    The legend, which tables share, is left to the document, and so is the table's own name: a paper numbers its
    tables itself. A row's second line has its settings and the figures' interquartile ranges; a comment after it
    names the cells that its figures were taken from.

    Args:
        table: What is rendered.
        label: The first float's: "tab:table-ii".
        told: Notes that stand under another table, and that table's name: they are not repeated.
    """
    parts = [portion for portion in _split(table) if portion]
    texts = ["% Needs the packages array, booktabs and graphicx (and textcomp, in a LaTeX older than 2020).\n"]
    for number, groups in enumerate(parts):
        title = escape_latex(table.title) + (" (continued)" if number else "")
        texts += [
            "\\begin{table}[tbp]\n\\centering\n",
            "\\addtocounter{table}{-1}\n" if number else "",
            f"\\caption{{{title}.}}\n" + ("" if number else f"\\label{{{label}}}\n"),
            *_tabular(table, groups),
            *(_notes(table, told or {}) if number == len(parts) - 1 else ()),
            "\\end{table}\n",
            "\\clearpage\n" if len(parts) > 1 else "",
        ]
    return "".join(texts)


def latex_document(report: Report, files: Sequence[str], figures: Sequence[ReportFigure] = ()) -> str:
    """A document that shows the tables in `files` (as \\input names them) and the figures, and compiles as it is."""
    lines = [
        _PREAMBLE,
        f"\\title{{{escape_latex(report.title)}}}\n\\author{{}}\n\\date{{}}\n\\begin{{document}}\n\\maketitle\n",
    ]
    lines += [f"{escape_latex(sentence)}\n\n" for sentence in report.summary]
    lines += [f"\\noindent {escape_latex(verdict.sentence)}\n\n" for verdict in report.verdicts]
    for table, name in zip(report.tables, files, strict=True):
        lines.append(f"\\renewcommand{{\\thetable}}{{{escape_latex(table.name)}}}\n\\input{{{name}}}\n\\clearpage\n")
    lines += _figures(figures)
    terms = {(term.name, term.meaning): None for table in report.tables for term in table.legend}
    lines += _list("How to read the tables", terms)
    lines += _list("Provenance", [(fact.label, fact.value) for fact in report.provenance])
    lines += [f"\\noindent {escape_latex(footnote)}\n\n" for footnote in report.footnotes]
    return "".join(lines) + "\\end{document}\n"


def _figures(figures: Sequence[ReportFigure]) -> Iterator[str]:
    """A float a figure, at its own size; two of one column's width stand side by side."""
    waiting: list[ReportFigure] = []
    floats = 0
    if figures:
        yield "\\section*{Figures}\n\\noindent Sized for one and two columns; each is a PDF and a PNG file.\n\n"
    for number, figure in enumerate(figures, start=1):
        waiting.append(figure)
        following = figures[number] if number < len(figures) else None
        if len(waiting) == 1 and not figure.is_wide and following is not None and not following.is_wide:
            continue
        yield "\\begin{figure}[htbp]\n\\centering\n"
        yield "\\hfill\n".join(_figure_of(one, alone=len(waiting) == 1) for one in waiting)
        yield "\\end{figure}\n"
        waiting, floats = [], floats + 1
        if floats % 8 == 0:
            yield "\\clearpage\n"  # LaTeX keeps no more than so many floats waiting
    if figures:
        yield "\\clearpage\n"


def _figure_of(figure: ReportFigure, alone: bool) -> str:
    caption = " ".join(filter(None, (f"{figure.data.title}.", figure.meaning)))
    inside = (
        f"\\includegraphics{{{FIGURES}/{figure.stem}}}\n\\caption{{{escape_latex(caption)}}}\n"
        f"\\label{{fig:{figure.stem}}}\n% cells: {' '.join(figure.cells)}\n"
    )
    return (
        inside
        if alone
        else f"\\begin{{minipage}}[t]{{{ONE_COLUMN}in}}\n\\vspace{{0pt}}\\centering\n{inside}\\end{{minipage}}\n"
    )


def _list(title: str, items: Iterable[tuple[str, str]]) -> Iterator[str]:
    entries = [f"\\item[{{{escape_latex(name)}}}] {_breakable(escape_latex(text))}\n" for name, text in items]
    if entries:
        yield f"\\section*{{{title}}}\n\\begin{{description}}\\footnotesize\\raggedright\n"
        yield from entries
        yield "\\end{description}\n"


def _character(character: str) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    if " " <= character <= "~" or character in _LATIN:
        return character
    return f"[U+{ord(character):04X}]"


def _breakable(escaped: str) -> str:
    """Hashes of 64 digits get places to break at."""
    return re.sub(r"[0-9a-f]{16}(?=[0-9a-f])", lambda match: match.group() + r"\allowbreak{}", escaped)


def _split(table: Table) -> Iterator[list[RowGroup]]:
    """The table's groups in portions that fit a page; a row's gain stays with it."""
    portion: list[RowGroup] = []
    taken = sum(1 + len(text) // 130 for text in (*table.footnotes, *table.notes))
    for group in table.groups:
        rows: list[Row] = []
        taken += 1
        for row in group.rows:
            if taken >= LINES_A_PAGE and row.kind != "gain":
                yield [*portion, RowGroup(group.label, tuple(rows))] if rows else portion
                portion, rows, taken = [], [], 0
            rows.append(row)
            taken += 1 + max(len(row.detail) // 34 + bool(row.detail), any(e.quartiles for e in row.entries))
        portion.append(RowGroup(group.label, tuple(rows)))
    yield portion


def _tabular(table: Table, groups: Iterable[RowGroup]) -> Iterator[str]:
    figures = len(table.columns)
    first = r">{\raggedright\arraybackslash}p{14em}"
    # A table that is too wide is scaled to the line.
    yield "\\sbox0{\\footnotesize\\setlength{\\tabcolsep}{4pt}%\n"
    yield f"\\begin{{tabular}}{{@{{}}{first}*{{{figures}}}{{r}}@{{}}}}\n\\toprule\n"
    if any(label for label, _ in table.column_groups):
        yield _over(table)
    heads = " & ".join(f"\\multicolumn{{1}}{{c}}{{{_head(column)}}}" for column in table.columns)
    # In braces, here and in every row: a [ after \\ or a rule would be taken for its option.
    yield f"{{{escape_latex(table.stub)}}} & {heads} \\\\\n"
    for group in groups:
        yield "\\midrule\n"
        if group.label:
            yield f"\\multicolumn{{{figures + 1}}}{{@{{}}l}}{{\\itshape {escape_latex(group.label)}}} \\\\\n"
        for row in group.rows:
            yield from _row(row, table.columns)
    yield "\\bottomrule\n\\end{tabular}}%\n"
    yield "\\ifdim\\wd0>\\linewidth\\resizebox{\\linewidth}{!}{\\usebox0}\\else\\usebox0\\fi\n"


def _over(table: Table) -> str:
    cells, rules, start = [], [], 2
    for label, span in table.column_groups:
        cells.append(f"\\multicolumn{{{span}}}{{c}}{{{escape_latex(label)}}}")
        if label:
            rules.append(f"\\cmidrule(lr){{{start}-{start + span - 1}}}")
        start += span
    return f" & {' & '.join(cells)} \\\\\n{' '.join(rules)}\n"


def _head(column: Column) -> str:
    arrow = {"higher": r" $\uparrow$", "lower": r" $\downarrow$", "none": ""}[column.direction]
    return escape_latex(column.label) + (r" \%" if column.percent else "") + arrow


def _row(row: Row, columns: Sequence[Column]) -> Iterator[str]:
    figures = []
    for entry, column in zip(row.entries, columns, strict=True):
        shown = escape_latex(format_entry(entry, column, signed=row.kind == "gain"))
        mark = {"best": "\\textbf{%s}", "second": "\\underline{%s}", "": "%s"}[entry.mark]
        small = (escape_latex(SIGNIFICANCE_SIGNS[entry.significance]), escape_latex(format_images(entry)))
        signs = "".join(f"\\,{{\\tiny {text}}}" for text in small if text)
        figures.append(mark % shown + signs + _marks(entry.footnotes))
    style = r"\itshape " if row.kind == "gain" else ""
    yield f"{{{style}{escape_latex(row.label)}{_marks(row.footnotes)}}} & {' & '.join(figures)} \\\\\n"
    ranges = [format_quartiles(entry, column) for entry, column in zip(row.entries, columns, strict=True)]
    if row.detail or any(ranges):
        below = [row.detail, *ranges]
        yield " & ".join(f"{{\\scriptsize {escape_latex(text)}}}" if text else "" for text in below) + " \\\\\n"
    cells = dict.fromkeys(cell for entry in row.entries for cell in entry.cells)
    if cells:
        yield f"% cells: {' '.join(cells)}\n"


def _marks(footnotes: Sequence[int]) -> str:
    return f"\\textsuperscript{{{','.join(map(str, footnotes))}}}" if footnotes else ""


def needed_notes(table: Table) -> tuple[str, ...]:
    """The notes that a printed table needs: nothing is said of signs where none is printed."""
    entries = [entry for group in table.groups for row in group.rows for entry in row.entries]
    if any(SIGNIFICANCE_SIGNS[entry.significance] for entry in entries):
        return table.notes
    untested = significance_notes(entry.significance for entry in entries)
    return tuple(note for note in table.notes if note not in untested)


def _notes(table: Table, told: Mapping[str, str]) -> Iterator[str]:
    """Footnotes and notes as small paragraphs under the table."""
    parts = [f"\\textsuperscript{{{n}}}\\,{escape_latex(text)}" for n, text in enumerate(table.footnotes, start=1)]
    notes = needed_notes(table)
    parts += [escape_latex(note) for note in notes if note not in told]
    elsewhere = dict.fromkeys(told[note] for note in notes if note in told)
    if elsewhere:
        yield from (f"% Under {escape_latex(told[note])}: {escape_latex(note)}\n" for note in notes if note in told)
        parts.append(f"See also the notes under {escape_latex(', '.join(elsewhere))}.")
    if parts:
        yield "\\par\\medskip\n\\begin{minipage}{\\linewidth}\\scriptsize\\raggedright\n"
        yield "\\par\n".join(map(_breakable, parts))
        yield "\n\\end{minipage}\n"
