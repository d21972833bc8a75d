"""Scoring photos with a tuned model: from a path or pixels to an `Assessment`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeGuard, cast, overload

import numpy as np

from exiqa.core.errors import UserError
from exiqa.model.artifacts.locate import locate_artifact
from exiqa.model.assessing.assessment import (
    AssessedPhoto,
    Assessment,
    Assessments,
    AttributeReading,
    DistortionReading,
    Score,
    ScoreBreakdown,
    Unreadable,
)
from exiqa.model.assessing.colorless import about_lost_color, is_colorless
from exiqa.model.assessing.photos import read_pixels
from exiqa.model.device import Device, device_for
from exiqa.model.engines.engine import Engine
from exiqa.model.engines.graph_engine import GraphEngine, has_graph
from exiqa.model.preprocess import PREPROCESSINGS
from exiqa.model.shipped import SHIPPED

if TYPE_CHECKING:
    import pandas as pd

    from exiqa.model.artifacts.artifact import Artifact
    from exiqa.model.assessing.photos import Photo
    from exiqa.model.assessing.saliency import Saliency
    from exiqa.model.regressors.regressor import Regressor

READERS = 2
"""Threads that decode photos while the model works on those before."""


def load(
    artifact: Path | str = SHIPPED,
    regressor: str | None = None,
    device: Device = "auto",
    engine: Literal["auto", "torch"] = "auto",
) -> Assessor:
    """A tuned model, ready to assess photos: the one that ships, or that in a folder or in a hub repository.

    Args:
        artifact: "exiqa-mini" is the one that ships; a folder is loaded without a network; a repository is
            `organisation/name`.
        regressor: Which of its regressors gives the score; None takes the only one, or no score where it has none.
        device: "auto" takes a CUDA GPU where there is one and torch is what computes.
        engine: "auto" takes onnxruntime, which starts in a second, for a model with an exported graph in its folder
            (as the shipped one has) where it is installed, CUDA is not asked for and the graph has that regressor;
            else torch.

    Raises:
        UserError: The artifact is incomplete, cut short, changed or no artifact, it has no such regressor or several
            and none is named, or CUDA is asked for and absent.
    """
    folder = locate_artifact(artifact)
    if engine == "auto" and device != "cuda" and has_graph(folder):
        graph = GraphEngine(folder)
        if regressor in (None, graph.regressor_name):
            return Assessor(graph)
    return _load_under_torch(folder, regressor, device)


def _load_under_torch(folder: Path, regressor: str | None, device: Device) -> Assessor:
    from exiqa.model.artifacts.artifact import Artifact

    where = device_for(device)
    loaded = Artifact.from_pretrained(folder)
    loaded.model.to(where)
    return Assessor.of(loaded, regressor)


class Assessor:
    """A tuned model and the regressor that scores with it."""

    def __init__(self, engine: Engine) -> None:
        """An assessor of what an engine predicts; see `load` and `of`.

        Args:
            engine: The model under torch or as a graph.
        """
        self.engine = engine

    @staticmethod
    def of(artifact: Artifact, regressor: str | None = None) -> Assessor:
        """An artifact that is in memory, under torch.

        Args:
            artifact: Taken over, not copied.
            regressor: Which one scores; None takes the only one, or none where there is none.

        Raises:
            UserError: `regressor` is not in the artifact, or is None and there are several.
        """
        from exiqa.model.engines.torch_engine import TorchEngine

        return Assessor(TorchEngine(artifact, regressor))

    @property
    def artifact(self) -> Artifact:
        """The whole model under torch; loaded now where a graph has read the photos so far."""
        return self.engine.artifact

    @property
    def regressor(self) -> Regressor | None:
        """What scores, under torch; None where the artifact has none."""
        name = self.engine.regressor_name
        return None if name is None else self.artifact.regressor(name)

    # A text is a path here, though to a type checker it is a sequence of texts too.
    @overload
    def assess(self, photos: Photo, batch_size: int = 64) -> Assessment: ...  # type: ignore[overload-overlap]
    @overload
    def assess(self, photos: Sequence[Photo], batch_size: int = 64) -> Assessments: ...
    def assess(self, photos: Photo | Sequence[Photo], batch_size: int = 64) -> Assessment | Assessments:
        """What the model says of a photo, or of each of several, of any size.

        A photo smaller than a crop is mirrored at its borders.

        Args:
            photos: A path, a Pillow image, (H, W, 3) uint8 sRGB pixels; or a list of them, or (N, H, W, 3) pixels.
            batch_size: About so many views (`exiqa.model.preprocess`) at a time.

        Returns:
            An `Assessment`, or a list of them that a `to_frame` makes a table of.

        Raises:
            UserError: A file that is not a whole image, or an array that is not 8-bit pixels.
        """
        if _is_one(photos):
            return self.examine(photos).assessment
        several = cast("Sequence[Photo]", photos)
        assessments = (assessment for assessment, _ in self._examine_in_groups(several, batch_size))
        return Assessments(assessments, self.engine.bank.distortions)

    def attributes(self, photos: Sequence[Photo], batch_size: int = 64) -> pd.DataFrame:
        """P(a|I) of photos, a column an attribute of a distortion: a phrase that two distortions share has two.

        Args:
            photos: As `assess` takes several.
            batch_size: Likewise.

        Returns:
            A row a photo, named by its path, or by its number where pixels were given; columns (distortion id,
            phrase), in the bank's order; float32 in [0, 1].

        Raises:
            UserError: A file that is not a whole image, or an array that is not 8-bit pixels.
        """
        import pandas as pd

        bank = self.engine.bank
        row = {attribute.id: number for number, attribute in enumerate(bank.attributes)}
        columns = [(distortion, attribute) for distortion in bank.distortions for attribute in bank.ranked[distortion]]
        photos = [photos] if _is_one(photos) else photos
        examined = list(self._examine_in_groups(photos, batch_size))
        values = np.array([attributes for _, attributes in examined], np.float32).reshape(len(examined), len(row))
        return pd.DataFrame(
            values[:, [row[attribute.id] for _, attribute in columns]],
            index=[assessment.image or number for number, (assessment, _) in enumerate(examined)],
            columns=pd.MultiIndex.from_tuples(
                [(distortion, attribute.phrase) for distortion, attribute in columns], names=["distortion", "attribute"]
            ),
        )

    def examine(self, image: Photo) -> AssessedPhoto:
        """`assess`, with what `exiqa.model.assessing.explain` takes, so that nothing is decoded or predicted twice.

        Raises:
            UserError: A file that is not a whole image, or an array that is not 8-bit pixels.
        """
        return self._examine([_name(image)], [read_pixels(image)], batch_size=64)[0]

    def assess_files(self, files: Iterable[Path], batch_size: int = 64) -> Iterator[Assessment | Unreadable]:
        """`assess` of many files, read ahead while the model works; memory does not grow with their number.

        Args:
            files: Any number.
            batch_size: About so many views at a time.

        Yields:
            One answer a file, in order; an `Unreadable` for a file that cannot be read, after which the rest go on.
        """
        for photo in self.examine_files(files, batch_size):
            yield photo if isinstance(photo, Unreadable) else photo.assessment

    def examine_files(self, files: Iterable[Path], batch_size: int = 64) -> Iterator[AssessedPhoto | Unreadable]:
        """`assess_files`, with what explanations take.

        Args:
            files: Any number.
            batch_size: About so many views at a time.

        Yields:
            One answer a file, in order; an `Unreadable` for a file that cannot be read, after which the rest go on.
        """
        size = PREPROCESSINGS[self.engine.preprocessing].photos_a_batch(batch_size)
        ahead: deque[tuple[str, Future[np.ndarray]]] = deque()
        rest = iter(files)
        with ThreadPoolExecutor(READERS) as pool:
            while True:
                for file in islice(rest, 2 * size - len(ahead)):
                    ahead.append((str(file), pool.submit(read_pixels, file)))
                if not ahead:
                    return
                group = [ahead.popleft() for _ in range(min(size, len(ahead)))]
                errors = [future.exception() for _, future in group]
                read = [one for one, error in zip(group, errors, strict=True) if not isinstance(error, UserError)]
                pixels = [future.result() for _, future in read]
                examined = iter(self._examine([name for name, _ in read], pixels, batch_size))
                for (name, _), error in zip(group, errors, strict=True):
                    yield Unreadable(name, str(error)) if isinstance(error, UserError) else next(examined)
                del group, read, pixels, examined  # no pixels are held while the next are read

    def break_down(self, image: Photo | AssessedPhoto) -> ScoreBreakdown:
        """The photo's score told apart by attribute.

        Args:
            image: A photo; one that was examined is not predicted again.

        Raises:
            UserError: The artifact has no regressor.
        """
        from exiqa.model.assessing.breakdown import break_down

        if self.regressor is None:
            raise UserError("this artifact has no regressor, so there is no score to explain; fit one with "
                            "`exiqa model regress`")  # fmt: skip
        attributes = image.attributes if isinstance(image, AssessedPhoto) else self.examine(image).attributes
        bank = self.engine.bank
        return break_down(self.regressor, attributes, [a.phrase for a in bank.attributes], bank)

    def intervene(self, image: Photo | AssessedPhoto, values: Mapping[str, float]) -> Assessment:
        """A photo's assessment, with the score that it would have if some attributes were otherwise.

        Args:
            image: A photo; one that was examined is not predicted again.
            values: Phrase of an attribute -> the P(a|I) in [0, 1] that it is set to.

        Raises:
            UserError: The bank has no such attribute, a value is no probability, or the artifact has no regressor.
        """
        from exiqa.model.assessing.intervening import intervene

        if self.regressor is None:
            raise UserError("this artifact has no regressor, so there is no score that an attribute could change; fit "
                            "one with `exiqa model regress`")  # fmt: skip
        photo = image if isinstance(image, AssessedPhoto) else self.examine(image)
        return replace(
            photo.assessment, intervention=intervene(self.regressor, self.engine.bank, photo.attributes, values)
        )

    def saliency(self, image: Photo, what: str) -> Saliency:
        """Where in a photo something is seen (`exiqa.model.assessing.saliency`).

        Args:
            image: A photo of any size.
            what: A distortion's id or an attribute's phrase.

        Raises:
            UserError: The bank does not have it, or the image tower has no patch tokens.
        """
        from exiqa.model.assessing.saliency import saliency

        return saliency(self.artifact, read_pixels(image), what)

    def _examine_in_groups(self, photos: Sequence[Photo], batch_size: int) -> Iterator[tuple[Assessment, np.ndarray]]:
        """Each photo's assessment and (A,) P(a|I); no more photos are held decoded than make a batch."""
        size = PREPROCESSINGS[self.engine.preprocessing].photos_a_batch(batch_size)
        for start in range(0, len(photos), size):
            group = photos[start : start + size]
            pixels = [read_pixels(photo) for photo in group]
            for photo in self._examine([_name(one) for one in group], pixels, batch_size):
                yield photo.assessment, photo.attributes

    def _examine(self, names: list[str], pixels: list[np.ndarray], batch_size: int) -> list[AssessedPhoto]:
        prediction = self.engine.predict(pixels, batch_size)
        scores = [None] * len(names) if prediction.scores is None else prediction.scores
        return [
            AssessedPhoto(
                Assessment(
                    image=name,
                    height=photo.shape[0],
                    width=photo.shape[1],
                    score=self._score(score, attributes),
                    distortions=self._readings(attributes, strengths, colorless),
                    colorless=colorless,
                ),
                photo,
                attributes,
            )
            for name, photo, attributes, strengths, score, colorless in zip(
                names,
                pixels,
                prediction.attributes,
                prediction.strengths,
                scores,
                map(is_colorless, pixels),
                strict=True,
            )
        ]

    def _score(self, value: float | None, attributes: np.ndarray) -> Score | None:
        name, origin, reach = self.engine.regressor_name, self.engine.origin, self.engine.reach
        if value is None or name is None:
            return None
        return Score(
            value=float(value),
            regressor=name,
            name=origin.score.name if origin else "score of unrecorded origin",
            proxy=origin.score.proxy if origin else False,
            formula=origin.score.formula if origin else "",
            low=None if reach is None else float(value) - reach.half_width,
            high=None if reach is None else float(value) + reach.half_width,
            outside=None if reach is None else bool(reach.outside(attributes[None])[0]),
        )

    @cached_property
    def _about_lost_color(self) -> frozenset[str]:
        return about_lost_color(self.engine.bank)

    def _readings(
        self, attributes: np.ndarray, strengths: np.ndarray, colorless: bool
    ) -> tuple[DistortionReading, ...]:
        """(A,) P(a|I) and (D,) P(d|I) of one photo -> the strongest distortion first.

        Of a photo without color, no distortion is named that is about a loss of color: its strength is 0.
        """
        bank, weights = self.engine.bank, self.engine.weights
        row = {attribute.id: number for number, attribute in enumerate(bank.attributes)}
        readings = []
        for column, distortion in enumerate(bank.distortions):
            behind = [
                AttributeReading(
                    phrase=attribute.phrase,
                    probability=float(attributes[row[attribute.id]]),
                    weight=float(weights[row[attribute.id], column]),
                )
                for attribute in bank.ranked[distortion]
            ]
            behind.sort(key=lambda reading: -reading.probability * reading.weight)
            name = bank.taxonomy[distortion].name
            strength = 0.0 if colorless and distortion in self._about_lost_color else float(strengths[column])
            readings.append(DistortionReading(distortion, name, strength, tuple(behind)))
        return tuple(sorted(readings, key=lambda reading: -reading.strength))


def _is_one(photos: Photo | Sequence[Photo]) -> TypeGuard[Photo]:
    """Whether it is a photo, and not a sequence of them: a stack of pixels (N, H, W, 3) is one."""
    if isinstance(photos, np.ndarray):
        return photos.ndim < 4
    return isinstance(photos, str | Path) or not isinstance(photos, Sequence)


def _name(image: Photo) -> str:
    return str(image) if isinstance(image, Path | str) else ""
