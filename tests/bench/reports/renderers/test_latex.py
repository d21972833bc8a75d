"""LaTeX: it compiles as it is, prints what it was given, and runs nothing of it."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_run import made_records

from exiqa.bench.cells.record import write_record
from exiqa.bench.reports.renderers.files import render_report
from exiqa.bench.reports.renderers.latex import escape_latex, latex_table, needed_notes
from exiqa.bench.reports.report import report_of
from exiqa.bench.reports.results import read_results
from exiqa.bench.tables.parts.table import Column, Entry, Row, RowGroup, Table

EVIL = "\\input{/etc/passwd}\\write18{id}%$&#_^~<script>`'\"--,,?`[x]*{}^^41 é中\x1b[31m\u202e\n\n\\end{document}"
PLCC = Column("PLCC", "higher", 3, group="kadid10k")
SRCC = Column("SRCC", "higher", 3, group="kadid10k")
ALONE = Column("RMSE", "lower", 4)


def _table(rows: tuple[Row, ...], columns: tuple[Column, ...] = (PLCC, SRCC, ALONE)) -> Table:
    return Table("Table III", "Quality", columns, (RowGroup("", rows),), ("A footnote.",), ("A note.",), ())


def test_a_table_has_grouped_headers_marks_quartiles_and_the_way_back():
    best = Entry(0.91, (0.9, 0.92), 3, (), "best", ("abc", "def"))
    row = Row("Ours", "ours", (best, Entry(0.8, mark="second"), Entry(footnotes=(1,))), "demo@1, K = 5")
    text = latex_table(_table((row,)), "tab:iii")
    assert r"\multicolumn{2}{c}{kadid10k}" in text
    assert r"\cmidrule(lr){2-3}" in text
    assert r"\cmidrule(lr){4-4}" not in text
    assert r"{Ours} & \textbf{0.910} & \underline{0.800} & --\textsuperscript{1} \\" in text
    assert r"{\scriptsize demo@1, K = 5} & {\scriptsize 0.900--0.920} &  &  \\" in text
    assert "% cells: abc def\n" in text
    assert text.count("\\toprule") == text.count("\\midrule") == text.count("\\bottomrule") == 1
    assert r"\label{tab:iii}" in text


def test_a_long_table_goes_on_in_another_float_and_a_gain_stays_with_its_row():
    rows = tuple(
        Row(f"R{number}", kind, (Entry(0.5),) * 3)
        for number in range(60)
        for kind in ("ours", "gain")  # type: ignore[arg-type]
    )
    text = latex_table(_table(rows), "tab:iii")
    floats = text.split("\\begin{table}")[1:]
    assert len(floats) >= 2
    assert text.count("\\label") == 1
    assert all("(continued)" in part for part in floats[1:])
    assert [part.count("A note.") for part in floats] == [0] * (len(floats) - 1) + [1]
    assert sum(part.count("& 0.500") // 3 for part in floats) + text.count("+0.500") // 3 == 120
    for part in floats:
        labels = re.findall(r"R(\d+)}", part)
        assert labels[0::2] == labels[1::2]


def test_no_braces_where_nothing_would_join_and_some_where_it_would():
    assert escape_latex("mini-kadid10k, [0, 1]? “level”, 0.1–0.2") == "mini-kadid10k, [0, 1]? ``level'', 0.1--0.2"
    assert escape_latex("a--b,,c ?‘ -–") == "a-{}-b,{},c ?{}` -{}--"
    assert escape_latex("““’”") == "``{}``'{}''"


def test_a_note_stands_under_one_table_and_one_about_signs_only_where_there_are_signs():
    few = "Where no sign follows a figure, there are too few splits for a paired test (fewer than 10)."
    row = Row("Ours", "ours", (Entry(0.8, significance="few"), Entry(0.7), Entry(0.1)))
    table = replace(_table((row,)), notes=("Of kadid10k.", few))
    assert needed_notes(table) == ("Of kadid10k.",)
    assert few not in latex_table(table, "tab:a")
    signed = replace(row, entries=(Entry(0.8, significance="better"), *row.entries[1:]))
    assert needed_notes(replace(table, groups=(RowGroup("", (signed,)),))) == table.notes
    later = latex_table(table, "tab:b", {"Of kadid10k.": "Table II"})
    assert "% Under Table II: Of kadid10k.\n" in later
    assert "See also the notes under Table II." in later
    assert later.count("Of kadid10k.") == 1


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40))
def test_no_special_character_survives(text):
    escaped = escape_latex(text)
    assert "\n" not in escaped
    # Taking away the commands that the escaping itself writes leaves nothing that TeX acts on.
    own = r"\\(text[a-z]+|ensuremath|ttfamily|char34|allowbreak|times|pm|cdot|geq|leq|approx|rightarrow|uparrow"
    own += r"|downarrow|infty|Sigma|surd|Delta|sigma|tau|rho|mu|bigtriangle(up|down)|dag|ddag|S|P|dots)"
    own += r"(?![a-zA-Z])|\\[-{}$&#_%]"
    rest = re.sub(own, "", escaped)
    assert "\\" not in rest
    assert not set("$&#%^") & set(rest)
    braces = re.sub(r"\\[{}]", "", escaped)
    assert braces.count("{") == braces.count("}")


def test_it_includes_its_figures_and_names_what_to_cite(tmp_path):
    for record, frame in made_records(["kadid10k"], 2):
        write_record(tmp_path / "runs", record, frame)
    render_report(report_of(read_results(tmp_path / "runs"), "T"), tmp_path / "out")
    text = (tmp_path / "out" / "report.tex").read_text()
    included = re.findall(r"\\includegraphics\{(.*?)\}", text)
    assert [Path(name).name.rpartition("-")[0] for name in included] == [
        "scatter", "by-distortion", "by-distortion", "confusion", "strength-curves",
    ]  # fmt: skip
    for name in included:
        assert (tmp_path / "out" / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert (tmp_path / "out" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    entries = re.findall(r"^@(\w+)\{(\S+),$", (tmp_path / "out" / "references.bib").read_text(), re.MULTILINE)
    assert entries == [("article", "exiqa-paper"), ("misc", "exiqa-tool")]
    log = _compile(tmp_path / "out")
    assert all(f"{name}.pdf" in log.replace("\n", "") for name in included)


def _compile(folder: Path) -> str:
    """The log of compiling report.tex."""
    if shutil.which("pdflatex") is None:
        pytest.skip("no LaTeX on this machine")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "report.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    if "booktabs.sty' not found" in done.stdout:
        pytest.skip("this LaTeX has no booktabs")
    assert done.returncode == 0, done.stdout[-1500:]
    return done.stdout


@pytest.mark.parametrize("evil", ["", EVIL], ids=["kind", "hostile"])
def test_the_document_compiles_as_it_is_and_prints_what_it_was_given(make_report, tmp_path, evil):
    render_report(make_report(evil), tmp_path)
    log = _compile(tmp_path)
    assert "(/etc/passwd" not in log  # what TeX writes when it opens a file
    assert (tmp_path / "report.pdf").is_file()
    # Without Latin Modern the fonts are bitmaps, whose text cannot be read back.
    if shutil.which("pdftotext") and "lmodern.sty" in log:
        done = subprocess.run(
            ["pdftotext", "-layout", "report.pdf", "-"], cwd=tmp_path, capture_output=True, check=True
        )
        text = re.sub(r"\s+", "", done.stdout.decode())
        assert "TableII:" in text
        assert "0.1545" in text
        if evil:
            shown = r"\input{/etc/passwd}\write18{id}%$&#_^~<script>`'" + '"--,,?`[x]*{}^^41é[U+4E2D]'
            assert shown in text
