"""The log of a run: a JSON line a step, and whatever trackers it is given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from exiqa.core.files import named_errors, parse_json, write_text

if TYPE_CHECKING:
    from accelerate.tracking import GeneralTracker


class TrainLog:
    """`log.jsonl` in a run's folder: a line a step (`step`, `loss`, `learning_rate`) and a validation
    (`step`, `validation_rmse`)."""

    def __init__(self, folder: Path, step: int, enabled: bool = True, trackers: Sequence[GeneralTracker] = ()) -> None:
        """Go on after `step` steps: lines that an interrupted run wrote beyond its checkpoint are dropped.

        Args:
            folder: Of the log.
            step: Steps done.
            enabled: False in all processes but the main one, which then log nothing.
            trackers: accelerate's, started (`exiqa.model.training.trackers`); they log the same values.
        """
        self.folder = folder
        self.step = step
        self.enabled = enabled
        self._trackers = trackers
        self._stream: Any = None

    @property
    def _path(self) -> Path:
        return self.folder / "log.jsonl"

    def __enter__(self) -> Self:
        if self.enabled:
            path = self._path
            kept = [line for line in read_log(path) if line["step"] <= self.step] if self.step else []
            write_text(path, "".join(json.dumps(line) + "\n" for line in kept))
            self._stream = path.open("a", encoding="utf-8")
        return self

    def write(self, step: int, **values: float) -> None:
        """Log named values after `step` steps."""
        if self._stream:
            with named_errors(self._path):
                self._stream.write(json.dumps({"step": step, **values}) + "\n")
        for tracker in self._trackers:
            tracker.log(values, step=step)

    def flush(self) -> None:
        """Everything logged so far is on disk."""
        if self._stream:
            with named_errors(self._path):
                self._stream.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream:
            with named_errors(self._path):
                self._stream.close()
        for tracker in self._trackers:
            tracker.finish()


def read_log(path: Path) -> list[dict[str, Any]]:
    """The lines of a log; a last line that was cut off by a kill is left out. Empty where there is no file."""
    lines = []
    if path.is_file():
        for text in path.read_text(encoding="utf-8").splitlines():
            try:
                lines.append(parse_json(text))
            except json.JSONDecodeError:
                break
    return lines
