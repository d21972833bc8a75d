"""Every dataset by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast, get_args

from exiqa.core.errors import UserError
from exiqa.core.options import checked_options
from exiqa.core.registry import Registry
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.spec import DatasetSpec, Listing, known_map, to_dataset
from exiqa.iqadata.datasets.specs import SHIPPED, table

DATASETS = Registry("exiqa.datasets", DatasetSpec, "data set", SHIPPED)
"""The datasets that are read from a folder of the user's: ours and those of other packages."""

COMBINED = "combined"
"""The name of a dataset that is put together from others (`exiqa.iqadata.datasets.combine`)."""


def find_spec(name: str, options: dict[str, Any]) -> tuple[DatasetSpec, dict[str, Any]]:
    """The spec of a dataset that is read from a folder, and the options with what the name itself says.

    Args:
        name: One of `DATASETS`, `package.module:NAME` of a spec, or `table:FILE.csv`.
        options: Of the dataset's `read`.

    Raises:
        UserError: There is no such dataset, or it has no such option.
    """
    from exiqa.iqadata.standins.specs import STANDINS

    key = name
    if name.startswith(table.PREFIX):
        key = "table"
        options = {"file": Path(name.removeprefix(table.PREFIX)), **options}
    if name in STANDINS:
        raise UserError(f"{name} is made by this package: there is no folder of it to read")
    if key not in DATASETS or name == "table":
        raise UserError(f"there is no dataset {name!r}; there are {', '.join(dataset_names())}")
    spec = DATASETS[key]
    # Its first parameter is the folder.
    of_folder = partial(spec.read, Path())
    return spec, checked_options(of_folder, options, spec.title)


def read_listing(name: str, root: Path | None, **options: Any) -> tuple[DatasetSpec, Listing]:
    """A dataset's spec, and what the labels and folders of a copy say, with their problems.

    Args:
        name: As `find_spec` takes it, as are the options.
        root: The copy's folder.

    Raises:
        UserError: As `find_spec`; or there is nothing to list.
    """
    spec, options = find_spec(name, options)
    if root is None:
        raise UserError(f"{spec.title} is read from a folder: give the one that holds {spec.layout}")
    return spec, spec.read(Path(root), **options)


def dataset_names() -> tuple[str, ...]:
    """What `load_dataset` takes: the datasets read from a folder, and the stand-ins, which need none."""
    from exiqa.iqadata.standins.specs import STANDINS

    return (*(f"{table.PREFIX}FILE.csv" if name == "table" else name for name in DATASETS.names()), *STANDINS)


def load_dataset(name: str, root: Path | None = None, strength_map: str = "level", **options: Any) -> Dataset:
    """A dataset by name.

    Args:
        name: `kadid10k`, `tid2013`, `csiq`, `live`, `lvq`, `exiqa`, `photos`, `table:FILE.csv`, `mini-…`, one that
            another package adds, or `combined`, which is put together from datasets that need no folder.
        root: The folder that its authors distribute; the stand-ins (`mini-kadid10k`, …) need none, and with one they
            are made of the photos in it.
        strength_map: "level" (level ÷ number of levels) or "magnitude" (how far the distortion's parameter is from no
            change); LIVE has neither and takes its strengths from the score.
        options: Those of the dataset's `read` (`lvq`: frame_stride, mapping, worst, best; `exiqa`: pristine; `photos`,
            `table:`: taxonomy) or of `exiqa.iqadata.standins.standin.standin`; of `combined` its `parts`, a table each,
            with the part's name as `data` beside its options.

    Raises:
        UserError: There is no such dataset, or the copy is not whole: the first problem, where it is, how many.
    """
    from exiqa.iqadata.distortions.strength import StrengthMap
    from exiqa.iqadata.standins.specs import STANDINS
    from exiqa.iqadata.standins.standin import standin

    if name == COMBINED:
        return _combined(root, strength_map, **options)
    if name in STANDINS:
        if root is not None:
            options = {"pristine": Path(root), **options}
        if strength_map not in get_args(StrengthMap):
            raise UserError(f"there is no strength map {strength_map!r}; {name} has {', '.join(get_args(StrengthMap))}")
        strengths = cast(StrengthMap, strength_map)
        return standin(name, strength_map=strengths, **checked_options(partial(standin, name), options, name))
    spec, own_options = find_spec(name, options)
    if spec.build is not None and root is not None:
        return spec.build(Path(root), known_map(spec, strength_map), **own_options)
    spec, listing = read_listing(name, root, **options)
    return to_dataset(spec, listing, str(root), strength_map)


def _combined(root: Path | None, strength_map: str, parts: Sequence[Mapping[str, Any]] = (), **others: Any) -> Dataset:
    from exiqa.iqadata.datasets.combine import combine

    if root is not None or others or not all(isinstance(part, Mapping) and "data" in part for part in parts):
        raise UserError(
            f"the dataset {COMBINED!r} has no folder and one option, `parts`: a table for each part, with the part's "
            'name as `data` beside its options, such as {data = "mini-kadid10k", references = 5}'
        )
    return combine(COMBINED, [_part(strength_map=strength_map, **part) for part in parts])


def _part(data: str, strength_map: str, **options: Any) -> Dataset:
    return load_dataset(data, None, strength_map, **options)


def open_dataset(text: str, strength_map: str = "level", **options: Any) -> Dataset:
    """`load_dataset` of what a command line names as NAME or NAME=DIR."""
    name, _, folder = text.partition("=")
    return load_dataset(name, Path(folder) if folder else None, strength_map, **options)
