"""The vocabulary of visible effects: what a phrase can say that a distortion does to a picture.

An effect here is a word with a meaning; how it is measured against a reference is the business of
`exiqa.iqadata.effects`, which goes by the same ids. A phrase claims an effect with a sign: plus where it says that the
effect is there ("a softening of details": blur +), minus where it says that it is absent or undone ("a crispness of
details": blur −).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

PRESENT, ABSENT = 1, -1


@dataclass(frozen=True)
class Effect:
    """Something that can be seen in a picture beside its reference."""

    id: str
    name: str
    """Short, for people, without an article: "color fringes at edges"."""
    definition: str
    """One sentence: what is there in the picture and not in its reference."""
    opposite: str = ""
    """The id of the effect at the other end of the same scale, so that minus the one is plus the other; "" where the
    scale ends at "not there"."""


@dataclass(frozen=True, order=True)
class Claim:
    """An effect that a phrase speaks of, and whether it says that it is there."""

    effect: str
    sign: int
    """`PRESENT` (1) or `ABSENT` (-1)."""

    def __str__(self) -> str:
        return f"{self.effect}{'+' if self.sign == PRESENT else '-'}"

    @property
    def canonical(self) -> Claim:
        """The same claim with a plus where its effect has an opposite: "darker-" is "brighter+"."""
        opposite = EFFECTS[self.effect].opposite
        return Claim(opposite, PRESENT) if opposite and self.sign == ABSENT else self

    @property
    def contrary(self) -> Claim:
        """What denies this claim: "blur-" for "blur+", "darker+" for "brighter+"."""
        return Claim(self.effect, -self.sign).canonical


def _table(*effects: Effect) -> MappingProxyType[str, Effect]:
    return MappingProxyType({effect.id: effect for effect in effects})


EFFECTS = _table(
    # Detail
    Effect("blur", "loss of detail", "Edges are wider and fine detail weaker than in the reference."),
    Effect(
        "directional_blur",
        "smear along one direction",
        "Detail is lost along one direction more than across it, so that points and edges are drawn out into streaks.",
    ),
    Effect(
        "texture_loss",
        "texture gone, edges kept",
        "Weak texture between strong edges is wiped out while the edges themselves stay sharp.",
    ),
    Effect("overshoot", "halos at edges", "A rim lighter or darker than both sides runs along edges."),
    Effect(
        "oversharpness", "excess sharpness", "Edges and texture are steeper and stronger than those of the reference."
    ),
    # Grain
    Effect("fine_grain", "fine luminance grain", "Lightness varies at random from one pixel to the next."),
    Effect("coarse_grain", "coarse grain", "Lightness varies at random in clumps several pixels wide."),
    Effect("color_grain", "colored grain", "Hue and saturation vary at random between neighboring pixels."),
    Effect("specks", "isolated specks", "Single pixels or small dots are extreme and unlike everything around them."),
    # Blocks and pieces
    Effect(
        "block_grid", "block grid", "Steps lie along the lines of a regular grid, as borders between square blocks."
    ),
    Effect("mosaic", "mosaic of flat tiles", "The picture is made up of tiles or cells of one flat tone each."),
    Effect(
        "patches",
        "pasted or moved patches",
        "Rectangles that do not belong there lie over the picture: copied from elsewhere or of a foreign color.",
    ),
    Effect("ringing", "ringing beside edges", "Faint ripples repeat an edge beside it and fade with the distance."),
    # Tone
    Effect("brighter", "brighter", "Lightness is higher than in the reference.", opposite="darker"),
    Effect("darker", "darker", "Lightness is lower than in the reference.", opposite="brighter"),
    Effect(
        "more_contrast",
        "more contrast",
        "Light and dark lie farther apart than in the reference.",
        opposite="less_contrast",
    ),
    Effect(
        "less_contrast",
        "less contrast",
        "Light and dark lie closer together than in the reference.",
        opposite="more_contrast",
    ),
    Effect("clipped_lights", "clipped highlights", "Light areas have run into white and lost their detail."),
    Effect("crushed_shadows", "crushed shadows", "Dark areas have run into black and lost their detail."),
    Effect("lifted_blacks", "lifted blacks", "The darkest tones are gray instead of black."),
    Effect("posterized", "posterized steps", "Smooth gradients are broken into few flat steps of tone or color."),
    Effect("dither", "dither pattern", "Tones are made up of a fine pattern of dots in few tones or colors."),
    # Color
    Effect(
        "more_saturation", "more saturation", "Colors are stronger than in the reference.", opposite="less_saturation"
    ),
    Effect(
        "less_saturation", "less saturation", "Colors are weaker than in the reference.", opposite="more_saturation"
    ),
    Effect("color_cast", "color cast", "One tint lies over the whole picture."),
    Effect("false_hues", "false hues", "Things have another hue than in the reference."),
    Effect(
        "color_bleeding", "colors bleeding over edges", "Color spreads over the edges of things while lightness stays."
    ),
    Effect(
        "color_fringes",
        "color fringes at edges",
        "Colored rims or a colored double run along edges, as color planes part.",
    ),
    # Place
    Effect(
        "displacement",
        "displaced fine structure",
        "Pixels or small pieces are moved at random, so that lines and contours are ragged or bent.",
    ),
    Effect("double_contours", "double contours", "Contours are seen twice, as a ghost beside the thing itself."),
    Effect(
        "displaced_rows", "displaced rows", "Rows, strips or slices of the picture are shifted, missing or repeated."
    ),
    # The whole field
    Effect(
        "uneven_light",
        "uneven light",
        "Lightness changes from one part of the picture to another unlike the reference.",
    ),
    Effect("veil", "veil or haze", "A pale layer such as mist, smoke or glare lies over the picture."),
    Effect("periodic_pattern", "periodic pattern", "Regular stripes, waves or a weave lie over the picture."),
)
"""Effect id -> effect, in the order in which they are shown."""
