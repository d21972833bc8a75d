"""`exiqa data`: distortions, datasets, splits and the multi-distortion set from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from exiqa.core.console import new_app, printable
from exiqa.iqadata.datasets.specs import SHIPPED
from exiqa.iqadata.distortions.levels import LEVELS

DATASET_NAMES = ", ".join("table:FILE.csv" if name == "table" else name for name in SHIPPED)

app = new_app(
    "Distort photos, list and check datasets, make splits, find shared content, make the multi-distortion set."
)


@app.command("list")
def list_datasets(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where your data sets lie; here by default.")] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Every data set: the name that commands take, what its folder must hold, and the copies in DIR or just below."""
    import json

    from exiqa.iqadata.catalog.overview import known_datasets, overview_lines

    known = known_datasets(folder)
    if as_json:
        typer.echo(json.dumps([dataset.to_json() for dataset in known], indent=1))
    else:
        typer.echo(printable("\n".join(overview_lines(known))))


@app.command()
def distort(
    image: Annotated[Path, typer.Argument(metavar="IMG", help="The photo.")],
    distortion: Annotated[
        str, typer.Option("--type", help="The distortion's id, such as gaussian_blur, or package.module:NAME.")
    ],
    level: Annotated[int, typer.Option(help="1 is the first level.")],
    dataset: Annotated[
        str, typer.Option(help=f"Whose levels: {', '.join(LEVELS)}; one's own distortion has its own.")
    ] = "kadid10k",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 0,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="By default IMG_TYPE_LEVEL.png, here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Distort one photo and write it without loss."""
    import json

    from exiqa.iqadata.distort_file import distort_file

    done = distort_file(image, distortion, level, dataset, seed, out)
    typer.echo(json.dumps(done.to_json(), indent=1) if as_json else printable(done.sentence))


@app.command()
def gallery(
    image: Annotated[Path | None, typer.Argument(metavar="IMG", help="The photo; a packaged one by default.")] = None,
    dataset: Annotated[
        list[str] | None, typer.Option(help="Whose distortions; repeat for more; all by default.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for gallery.html and a PNG a dataset.")] = Path(
        "gallery"
    ),
    width: Annotated[int, typer.Option(min=32, max=4000, help="The photo is cut to 4:3 and this width first.")] = 192,
    thumbnail: Annotated[int, typer.Option(min=16, max=1000, help="Width of a picture on the PNG sheets.")] = 96,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show every distortion at every level on one photo: an HTML page and a PNG sheet for each dataset."""
    import json

    from exiqa.core.image_io import read_photo
    from exiqa.core.progress import progress_bar
    from exiqa.iqadata.distortions.registry import levels_in
    from exiqa.iqadata.gallery import write_gallery
    from exiqa.iqadata.photos import read_packaged_photo

    datasets = tuple(dict.fromkeys(dataset or LEVELS))
    for name in datasets:
        levels_in(name)
    photo = read_packaged_photo("chelsea") if image is None else read_photo(image)
    with progress_bar("Distorting") as step:
        paths = write_gallery(photo, datasets, out, width=width, thumbnail=thumbnail, seed=seed, step=step)
    typer.echo(
        json.dumps([str(path) for path in paths], indent=1) if as_json else printable("\n".join(map(str, paths)))
    )


def _name_and_folder(name: str, folder: Path | None) -> tuple[str, Path | None]:
    """A data set and its folder, which may also come as NAME=DIR, as the other commands take it."""
    before, _, after = name.partition("=")
    return (before, Path(after)) if folder is None and after else (name, folder)


@app.command()
def check(
    name: Annotated[str, typer.Argument(help=f"{DATASET_NAMES}, or one that another package adds; or NAME=DIR.")],
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The folder as its authors distribute it.", show_default=False)
    ] = None,
    scale: Annotated[
        str | None, typer.Option(metavar="WORST,BEST", help="Of a table's scores: 1,5, or 100,0 for a DMOS.")
    ] = None,
    jobs: Annotated[int, typer.Option(help="Processes that read the images; -1 is one a core.")] = -1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Verify your copy of a dataset: counts, missing and unreadable files, labels that contradict each other.

    Lists every problem, by kind; exits with 1 where there is one.
    """
    import json

    from exiqa.core.errors import UsageError
    from exiqa.core.progress import progress_bar
    from exiqa.iqadata.catalog.check import check_dataset, report_lines
    from exiqa.iqadata.datasets.labels.scales import parse_scale

    name, folder = _name_and_folder(name, folder)
    if folder is None:
        raise UsageError(f"{name}: give the folder of your copy: NAME DIR, or NAME=DIR")
    options = {} if scale is None else {"scale": parse_scale(scale)}
    with progress_bar("Reading the images") as step:
        report = check_dataset(name, folder, jobs=jobs, on_file=step, **options)
    text = json.dumps(report.to_json(), indent=1) if as_json else printable("\n".join(report_lines(report)))
    typer.echo(text)
    if not report.ok:
        raise typer.Exit(1)


@app.command()
def split(
    name: Annotated[str, typer.Argument(help="A dataset's name, or a stand-in (mini-kadid10k), which needs no DIR.")],
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="The folder of the dataset.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many splits; their seeds are 0, 1, …")] = 10,
    ratio: Annotated[
        str, typer.Option(help="Shares of the references: 70/10/20, 80/20, 30/10/60, or official.")
    ] = "70/10/20",
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("splits"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write splits by reference, a JSON file with a hash for each seed."""
    import json

    from exiqa.iqadata.catalog.loading import load_dataset
    from exiqa.iqadata.datasets.splits import Split, write_splits

    paths = write_splits(load_dataset(*_name_and_folder(name, folder)), seeds, ratio, out)
    splits = [Split.load(path) for path in paths]
    if as_json:
        typer.echo(json.dumps([{"file": str(p), "hash": s.hash} for p, s in zip(paths, splits, strict=True)], indent=1))
        return
    for path, one in zip(paths, splits, strict=True):
        counts = f"{len(one.train)}/{len(one.validation)}/{len(one.test)} references"
        typer.echo(printable(f"{path}  {counts}  {one.hash[:16]}"))


@app.command()
def leakage(
    first: Annotated[str, typer.Argument(metavar="A[=DIR]", help="A dataset: tid2013=DIR, photos=DIR, mini-live.")],
    second: Annotated[str, typer.Argument(metavar="B[=DIR]", help="The dataset to compare with.")],
    out: Annotated[Path | None, typer.Option(help="File for the JSON that reports print from.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find content that two datasets share: the same photo, or a crop of it, among the references of both."""
    from exiqa.core.progress import progress_bar
    from exiqa.iqadata.catalog.loading import open_dataset
    from exiqa.iqadata.datasets.leakage import find_leakage

    datasets = open_dataset(first), open_dataset(second)
    with progress_bar("Comparing the references") as step:
        shared = find_leakage(*datasets, on_photo=step)
    if out is not None:
        shared.save(out)
    if as_json:
        typer.echo(shared.model_dump_json(indent=1))
        return
    for pair in shared.pairs:
        typer.echo(printable(f"{pair.first}  {pair.second}  {', '.join(pair.evidence)} ({pair.inliers} features)"))
    typer.echo(printable(shared.sentence))


@app.command()
def synth(
    pristine: Annotated[Path, typer.Option(metavar="DIR", help="Folder of undistorted photos.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the set; an unfinished set there goes on.")],
    images: Annotated[int | None, typer.Option(min=1, help="Photos to draw; all by default.")] = None,
    repeats: Annotated[int, typer.Option(min=1, help="Images made of each photo.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Of every draw.")] = 0,
    distortions: Annotated[str, typer.Option(metavar="TAXONOMY", help="Name or TOML file.")] = "kadid10k",
    kmax: Annotated[int | None, typer.Option(min=1, help="Most distortions an image; all by default.")] = None,
    jobs: Annotated[int, typer.Option(help="Processes; -1 is one a core.")] = -1,
    backend: Annotated[Literal["local", "dask"], typer.Option(help="This machine, or a dask cluster.")] = "local",
    scheduler: Annotated[str | None, typer.Option(metavar="ADDR", help="tcp://host:port, for dask.")] = None,
    pixels: Annotated[bool, typer.Option(help="--no-pixels: recipes only, rendered when loaded.")] = True,
    stretch: Annotated[
        bool,
        typer.Option("--stretch", help="Stretch to full contrast around each distortion, as KADID-10k does."),
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Check every file by hash; render damaged ones again.")
    ] = False,
) -> None:
    """Make the multi-distortion set from any folder of photos.

    The same options give the same bytes, whatever the number of workers and however often it was interrupted; a
    second call renders only what is missing. Photos that cannot be read are skipped, listed, and end it with 1.
    """
    from exiqa.core.errors import UserError
    from exiqa.core.parallel import Workers
    from exiqa.core.progress import progress_bar
    from exiqa.iqadata.synthesis.recipe import recipe_head
    from exiqa.iqadata.synthesis.synth import synthesise

    if (backend == "dask") != (scheduler is not None):
        raise UserError("--backend dask and --scheduler ADDR go together; give both or neither")
    if jobs == 0:
        raise UserError("--jobs 0 does nothing; give the number of processes, or -1 for one a core")
    if verify and not pixels:
        raise UserError("--verify checks files, and --no-pixels writes none; give one of the two")
    head = recipe_head(distortions, seed=seed, repeats=repeats, images=images, kmax=kmax, stretched=stretch)
    with progress_bar("Multi-distortion set") as step:
        done = synthesise(pristine, head, out, workers=Workers(jobs, scheduler), pixels=pixels, check=verify, step=step)
    for image in done.damaged:
        typer.echo(printable(f"damaged: {image}"))
    for problem in done.problems:
        typer.echo(printable(f"skipped: {problem.source} {problem.image}: {problem.reason}"), err=True)
    if pixels:
        missing = done.total - done.present - done.rendered
        typer.echo(f"{done.total} images: {done.present} were there, {done.rendered} rendered, {missing} missing")
    else:
        typer.echo(f"{done.total} recipes, no images")
    if done.digest:
        typer.echo(f"SHA-256 of all pixels: {done.digest}")
    if done.problems:
        typer.echo(
            f"Error: {len(done.problems)} photos or images were skipped, listed above and in {out}/skipped.json",
            err=True,
        )
        raise typer.Exit(1)


@app.command()
def agreement(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """How far the stand-ins' proxy scores can be trusted: their agreement with KADID-10k's published opinions.

    Renders the stand-in mini-kadid10k once (about a minute), then reads its scores from the cache.
    """
    import json
    from dataclasses import asdict

    from exiqa.iqadata.standins.agreement import kadid_agreement

    rows = kadid_agreement()
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], indent=1))
        return
    typer.echo("Spearman correlation with KADID-10k's mean opinions, over cells of (distortion, level)")
    for row in rows:
        note = "  (circular: made from these opinions)" if row.circular else ""
        typer.echo(f"{row.what:26} {row.spearman:+.3f}  {row.cells} cells{note}")


@app.command()
def certify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Golden figures of the authors' generator.")],
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the page docs/certificate.md.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare KADID-10k's distortions with what their authors' own generator made of the same photos."""
    import json

    from exiqa.core.errors import UserError
    from exiqa.core.progress import progress_bar
    from exiqa.iqadata.certifying.certificate import certificate_page, certificate_table, summary
    from exiqa.iqadata.certifying.certify import certify as compare

    if markdown and as_json:
        raise UserError("--markdown and --json are two forms of the same table; give one of them")
    with progress_bar("Comparing") as step:
        rows = compare(folder, step)
    if as_json:
        typer.echo(json.dumps([row.to_json() for row in rows], indent=1))
    elif markdown:
        typer.echo(certificate_page(rows), nl=False)
    else:
        typer.echo(printable("\n".join([*certificate_table(rows), "", summary(rows)])))


@app.command()
def sizes(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Which levels cannot be told from the reference or from another level, at which size of image."""
    import json
    from dataclasses import asdict

    from exiqa.iqadata.certifying.certificate import sizes_table
    from exiqa.iqadata.certifying.sizes import lost_levels

    if as_json:
        typer.echo(json.dumps([asdict(row) for row in lost_levels()], indent=1))
    else:
        typer.echo(printable("\n".join(sizes_table())))
