"""Taxonomies: the distortions of one dataset, with the explanations an LLM is shown."""

from __future__ import annotations

from functools import cached_property
from importlib import resources
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from exiqa.bank.described import completed
from exiqa.core.documents import of_toml_schema, read_text, toml_value
from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, sha256_hex

ID_PATTERN = r"^[a-z][a-z0-9_]{0,63}$"
_DISTORTION_PATTERN = ID_PATTERN + r"|^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$"


class Distortion(BaseModel):
    """One distortion of a dataset."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=_DISTORTION_PATTERN)
    """Shared by all taxonomies that have this distortion: `gaussian_blur`; or `package.module:NAME` of one's own."""
    code: str
    """The dataset's own code: `01` in KADID-10k's file names, `gblur` in LIVE's folders."""
    name: str = Field(min_length=1)
    explanation: str = Field(min_length=1)
    """How the distortion is applied to an image; with the name, all that the LLM is shown."""
    levels: int = Field(ge=1)


class Taxonomy(BaseModel):
    """The distortions of one dataset, in the dataset's own order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=ID_PATTERN)
    name: str = Field(min_length=1)
    source: str = ""
    distortions: tuple[Distortion, ...] = Field(min_length=1)

    @field_validator("distortions")
    @classmethod
    def _ids_are_unique(cls, distortions: tuple[Distortion, ...]) -> tuple[Distortion, ...]:
        seen: set[str] = set()
        for distortion in distortions:
            if distortion.id in seen:
                raise ValueError(f"two distortions have the id {distortion.id!r}; give each its own")
            seen.add(distortion.id)
        return distortions

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(distortion.id for distortion in self.distortions)

    def __getitem__(self, distortion_id: str) -> Distortion:
        for distortion in self.distortions:
            if distortion.id == distortion_id:
                return distortion
        raise KeyError(distortion_id)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of everything the taxonomy says, 64 hex digits."""
        return sha256_hex(canonical_json(self.model_dump()))


def shipped_taxonomies() -> tuple[str, ...]:
    """Ids of the taxonomies in the package, sorted."""
    folder = resources.files("exiqa.bank") / "taxonomies"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load_taxonomy(name_or_path: str | Path) -> Taxonomy:
    """A shipped taxonomy by id (`kadid10k`), or a user's own by the path of its TOML file.

    Raises:
        UserError: There is no such taxonomy, or the file is not one.
    """
    if str(name_or_path) in shipped_taxonomies():
        text = (resources.files("exiqa.bank") / "taxonomies" / f"{name_or_path}.toml").read_text(encoding="utf-8")
        return parse_taxonomy(text, where=f"shipped taxonomy {name_or_path}")
    path = Path(name_or_path)
    if path.suffix != ".toml":
        raise UserError(
            f"there is no taxonomy {str(name_or_path)!r}; shipped are {', '.join(shipped_taxonomies())}, "
            "or give the path of a .toml file (`exiqa attrgen new` writes a template)"
        )
    if not path.exists():
        raise UserError(f"there is no file {path}; `exiqa attrgen new {path}` writes a template")
    return parse_taxonomy(read_text(path), where=str(path))


def parse_taxonomy(text: str, where: str) -> Taxonomy:
    """The taxonomy that a TOML text describes.

    Args:
        text: The file's text. A distortion that another package adds needs no more than its id there. A table `score`
            is passed over: the file may also say so of the images beside it
            (`exiqa.iqadata.datasets.labels.table_file`).
        where: Names the source in errors.

    Raises:
        UserError: The text is not valid TOML, or does not fit the schema; or a distortion cannot be imported.
    """
    content = toml_value(text, where)
    content.pop("score", None)
    if isinstance(entries := content.get("distortions"), list):
        content["distortions"] = [completed(entry) for entry in entries]
    return of_toml_schema(content, Taxonomy, where, text)
