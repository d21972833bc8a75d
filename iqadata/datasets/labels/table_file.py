"""FILE.toml beside a table FILE.csv: the distortions of its images, and the scale of their scores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, FiniteFloat, model_validator

from exiqa.bank.taxonomy import Taxonomy
from exiqa.core.documents import of_toml_schema, read_text, toml_value


@dataclass(frozen=True)
class TableFile:
    """What FILE.toml says; all None where there is no such file."""

    taxonomy: Taxonomy | None = None
    scale: tuple[float, float] | None = None
    """The raw scores of the worst and of the best quality."""


class _Scale(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    worst: FiniteFloat
    best: FiniteFloat

    @model_validator(mode="after")
    def _has_two_ends(self) -> _Scale:
        if self.worst == self.best:
            raise ValueError(f"worst and best are both {self.worst:g}; they are the two ends of the scale")
        return self


class _OnlyScores(BaseModel):
    model_config = ConfigDict(extra="forbid")

    score: _Scale


class _Both(Taxonomy):
    score: _Scale | None = None


def read_table_file(path: Path) -> TableFile:
    """What a table's TOML file says: a taxonomy, `score = {worst = 1, best = 5}`, or both.

    Raises:
        UserError: It is not valid TOML, or does not fit the schema.
    """
    if not path.exists():
        return TableFile()
    text = read_text(path)
    values = toml_value(text, str(path))
    schema: type[_OnlyScores | _Both] = _OnlyScores if set(values) == {"score"} else _Both
    content = of_toml_schema(values, schema, str(path), text)
    taxonomy = None
    if isinstance(content, _Both):
        taxonomy = Taxonomy(**{name: getattr(content, name) for name in Taxonomy.model_fields})
    return TableFile(taxonomy, (content.score.worst, content.score.best) if content.score else None)
