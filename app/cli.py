"""The door: `exiqa attrgen|bank|data|model|bench|demo|assess|doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from exiqa.antonyms import antonyms
from exiqa.attrgen.cli import app as attrgen_app
from exiqa.attrgen.measurer import EffectMeasurer
from exiqa.bank.cli import app as bank_app
from exiqa.bench.cli import app as bench_app
from exiqa.core.console import new_app, printable
from exiqa.grounding import crops_of_effects, ground, measure_effects
from exiqa.iqadata.cli import app as iqadata_app
from exiqa.model.cli import app as model_app
from exiqa.review import review

app = new_app("Explain image quality by attributes: generate banks, tune CLIP on them, score photos, render tables.")
bank_app.command()(ground)
bank_app.command()(antonyms)
bank_app.command()(review)
app.add_typer(attrgen_app, name="attrgen")
app.add_typer(bank_app, name="bank")
app.add_typer(iqadata_app, name="data")
app.add_typer(model_app, name="model")
app.add_typer(bench_app, name="bench")


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"exiqa {version('exiqa')}")
        raise typer.Exit


@app.callback()
def exiqa(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options before any command."""
    context.obj = EffectMeasurer(measure_effects, crops_of_effects)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the report, the bank and the models.")] = Path("demo"),
    seed: Annotated[int, typer.Option(min=0, help="Seed of the data, the splits and the training.")] = 0,
) -> None:
    """The main job, end to end: description, LLM, bank, tuned model, tables, report."""
    from exiqa.demo.run import run_demo

    run_demo(out, seed)


@app.command()
def assess(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE|DIR...", help="Photos, and folders of photos.")],
    model: Annotated[
        str,
        typer.Option(
            metavar="ARTIFACT",
            help="A tuned model: its folder, organisation/name on the hub, or exiqa-mini, the one that ships.",
        ),
    ] = "exiqa-mini",
    regressor: Annotated[str | None, typer.Option(metavar="NAME", help="Which score, where there are several.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print scores and strengths as CSV, a line a photo.")] = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write one self-contained page.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also show where in the photo, and what each attribute adds to the score.")
    ] = False,
    what: Annotated[
        str | None,
        typer.Option("--of", metavar="ID|PHRASE", help="What --explain looks for; the strongest by default."),
    ] = None,
    pictures: Annotated[
        Path, typer.Option(metavar="DIR", help="Where --explain writes its pictures, without --html.")
    ] = Path("explained"),
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="PHRASE=P", help='Also the score if an attribute were so: "grain"=0. Repeat for more.'
        ),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Distortions shown of a photo.")] = 5,
    device: Annotated[
        Literal["auto", "cpu", "cuda"], typer.Option(help="cuda: under torch, also a model that starts without it.")
    ] = "auto",
) -> None:
    """Score photos, name the distortions in them, and the visible attributes behind each.

    Where onnxruntime is installed, the model that ships starts in seconds, without torch; --explain needs torch.

    Files that cannot be read are listed at the end, and end it with 1.
    """
    from exiqa.core.errors import UsageError

    if as_json + as_csv + (html is not None) > 1:
        raise UsageError("--json, --csv and --html are three forms of one answer; give one of them")
    if what is not None and not explain:
        raise UsageError("--of says what --explain looks for; give both")

    from exiqa.model.assessing.assessor import load
    from exiqa.model.assessing.photos import find_photos
    from exiqa.model.assessing.reports import FORMS, assess_into, assessing_bar

    values = {}
    if settings:
        from exiqa.model.assessing.intervening import parse_values

        values = parse_values(settings)
    files = find_photos(images)
    assessor = load(model, regressor, device, engine="torch" if explain or settings else "auto")
    form = "json" if as_json else "csv" if as_csv else "page" if html is not None else "terminal"
    report = FORMS[form](assessor, model, len(files), top, html)
    written = pictures if explain and html is None else None
    with assessing_bar(form) as move:
        unreadable = assess_into(
            report, assessor, files, explained=explain, what=what, pictures=written, values=values, on_file=move
        )
    if html is not None:
        typer.echo(printable(f"wrote {html}"))
    for one in unreadable:
        typer.echo(printable(f"not read: {one.reason}"), err=True)
    if unreadable:
        typer.echo(f"Error: {len(unreadable)} of {len(files)} files could not be read, listed above", err=True)
        raise typer.Exit(1)


@app.command()
def doctor(json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False) -> None:
    """What this machine has, what is missing, and the command that brings it."""
    from exiqa.doctor import examine, show

    checks = examine()
    show(checks, as_json=json)
    if any(check.required and not check.ok for check in checks):
        raise typer.Exit(1)


def main() -> None:
    """Entry point of the console script."""
    app(prog_name="exiqa")
