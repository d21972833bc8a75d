"""`exiqa attrgen`: generate an attribute bank from descriptions of distortions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exiqa.attrgen.llms import SHIPPED_FORMS
from exiqa.core.console import new_app

if TYPE_CHECKING:
    from exiqa.attrgen.measurer import EffectMeasurer

app = new_app("Generate attribute banks: a distortion's description, an LLM, screened and ranked phrases.")


@app.command()
def generate(
    context: typer.Context,
    taxonomy: Annotated[str, typer.Argument(help="A shipped taxonomy (kadid10k) or a .toml file of your own.")],
    llm: Annotated[
        str,
        typer.Option(
            metavar="SPEC",
            help=f"{SHIPPED_FORMS}; or what another package adds. What follows @ is a URL.",
        ),
    ],
    bank: Annotated[str, typer.Option(metavar="NAME", help="The bank's name; its next version is saved.")],
    only: Annotated[str | None, typer.Option(metavar="IDS", help="Only these distortions, comma-separated.")] = None,
    k: Annotated[int | None, typer.Option(min=1, help="Attributes per distortion (5, or as recorded).")] = None,
    store: Annotated[Path, typer.Option(help="The folder that banks are saved in.")] = Path("banks"),
    rounds: Annotated[int, typer.Option(min=1, help="Times to ask again where too few phrases survive.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the sampling.")] = 0,
    dedup: Annotated[
        str | None,
        typer.Option(metavar="THRESHOLD|off", help="Cosine from which two phrases are the same attribute."),
    ] = None,
    min_topic: Annotated[
        float | None,
        typer.Option(metavar="COSINE", help="Without pictures, phrases less near to the topic are refused (0.12)."),
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Requests at a time, or a local model's batch.")] = 8,
    key_env: Annotated[
        str, typer.Option(metavar="NAME", help="The environment variable that holds the key of a server.")
    ] = "OPENAI_API_KEY",
    max_cost: Annotated[float | None, typer.Option(metavar="USD", help="Never spend more; needs --price.")] = None,
    price: Annotated[
        str | None, typer.Option(metavar="IN,OUT", help="US dollars per million tokens read and written.")
    ] = None,
    prompt: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="paper, examples, tell_apart, gaps, or a Jinja2 template of your own; default: by the kind of LLM.",
        ),
    ] = None,
    ground: Annotated[
        bool, typer.Option("--ground", help="Refuse what pictures of the distortion do not show, rank by what they do.")
    ] = False,
    pairs: Annotated[
        Path | None,
        typer.Option(
            metavar="TABLE",
            help="For --ground, pictures of your own: a CSV file with distorted, reference, distortion and level.",
        ),
    ] = None,
    photos: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="For --ground, photos to distort (with --pairs or --show, its folder)."),
    ] = None,
    show: Annotated[
        Path | None,
        typer.Option(metavar="PAIRS", help="Show the model crops of pictures: a table as for --pairs."),
    ] = None,
    batch: Annotated[bool, typer.Option("--batch", help="Ask by OpenAI's Batch API: within a day, cheaper.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Ask an LLM for the visible effects of distortions and save a bank of the best.

    Interrupted, or short of phrases, it goes on where it was when the same command is run again. A replay of a
    generation with --ground needs no pictures: what they showed is in the transcript.
    """
    from exiqa.attrgen import display
    from exiqa.attrgen.generation import NotEnoughPhrases
    from exiqa.attrgen.generation import generate as run
    from exiqa.attrgen.llms.provider import LLMOptions
    from exiqa.attrgen.llms.spec import parse_llm_spec
    from exiqa.attrgen.options import settings_from_options
    from exiqa.attrgen.prompts.pictures import Pictures
    from exiqa.bank.taxonomy import load_taxonomy
    from exiqa.core.errors import UsageError

    if not ground and (pairs or (photos and not show)):
        raise UsageError("--pairs and --photos say which pictures phrases are held against; give --ground too")
    if show and llm.startswith("replay:"):
        raise UsageError("a replay shows nobody anything; leave --show out")
    if ground and llm.startswith("replay:"):
        raise UsageError("a replay is held against what its transcript recorded; leave --ground out")
    distortions = load_taxonomy(taxonomy)
    model = parse_llm_spec(llm, LLMOptions(concurrency, key_env, batch))
    effects = _measurer(context).measure(distortions, pairs, photos) if ground else None
    pictures = Pictures(_measurer(context).crops(distortions, show, photos)) if show else None
    settings = settings_from_options(model, k, dedup, min_topic, seed, rounds, prompt, price, max_cost)
    chosen = [part.strip() for part in only.split(",") if part.strip()] if only else None
    try:
        with display.generation_progress() as on_event:
            generation = run(distortions, chosen, model, settings, store, bank, on_event, effects, pictures)
    except NotEnoughPhrases as error:
        display.print_result(error.generation, as_json=json)
        raise
    display.print_result(generation, as_json=json)


def _measurer(context: typer.Context) -> EffectMeasurer:
    from exiqa.attrgen.measurer import EffectMeasurer
    from exiqa.core.errors import UsageError

    measurer = context.find_object(EffectMeasurer)
    if measurer is None:
        raise UsageError("--ground and --show open pictures, which this package does not: run exiqa attrgen generate")
    return measurer


@app.command()
def new(
    file: Annotated[Path, typer.Argument(help="The .toml file to write.")] = Path("distortions.toml"),
) -> None:
    """Write a commented template for a distortion of your own."""
    from exiqa.attrgen.taxonomy_template import write_template

    write_template(file)
    typer.echo(f"Wrote {file}; change it, then run: exiqa attrgen generate {file} --llm SPEC --bank NAME")
