"""The tables of words that `bank.polarity` goes by. Every pattern is matched against one whole lower-case word."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Axis:
    """Words that take a side. All are regular expressions of whole words."""

    up: str
    down: str
    turning_up: str = ""
    """Words that say where something is going ("brighter"); they outweigh `up` and `down`, which may only say what
    it was ("brighter shadows")."""
    turning_down: str = ""
    measure: str = ""
    """Nouns that take a side only with a direction: "contrast" points nowhere, "a loss of contrast" does."""
    directed: bool = True
    """Whether "more", "less", "loss of" and their like turn the words of this axis around."""


AXES: dict[str, Axis] = {
    "brightness": Axis(
        up=r"bright|light|lit|sunny|luminous|glowing|overexposed|over-exposed|blown-out|blown|white|whitish|milky|pale|highlights?",
        down=r"dark|dim|gloomy|murky|underexposed|under-exposed|black|blackish|shadows?|shadowy|dusky|shade|shaded",
        turning_up=r"bright(er|en|ens|ened|ening)|light(er|en|ens|ened|ening)|brightest|lightest|lifted|raised",
        turning_down=r"dark(er|en|ens|ened|ening)|dimm(er|ed|ing)|darkest|dimmest|crushed|lowered",
        measure=r"brightness|lightness|luminance|luminosity|exposure|illumination|lighting",
    ),
    "sharpness": Axis(
        up=r"sharp|crisp|defined|well-defined|distinct|focused|in-focus|sharpness|crispness|clarity|acuity|harsh|"
        r"clear|detailed|hard|razor-sharp|legible|hard-edged|pin-sharp|intact|clean-cut|pronounced",
        down=r"blur|blurs|blurry|blurred|blurring|soft|softness|smear|smeared|smearing|smears|smudg\w+|fuzzy|fuzziness|"
        r"unfocused|out-of-focus|indistinct|hazy|blurriness|smoothed|smoothed-over|defocus\w*|unclear|undefined|"
        r"ill-defined|vague|mushy|mushiness",
        turning_up=r"sharp(er|en|ens|ened|ening)|crisper|over-?sharpened|clearer",
        turning_down=r"soft(er|en|ens|ened|ening)|blurrier|fuzzier",
        measure=r"details?|definition|resolution|focus|texture|textures|edges?|outlines?|contours?",
    ),
    "saturation": Axis(
        up=r"vivid|vividness|vibrant|vibrancy|vibrance|saturated|oversaturated|over-saturated|rich|richness|intense|garish|"
        r"colou?rful|colou?rfulness|lively|gaudy|lurid|neon|punchy|bold|lush",
        down=r"muted|faded|dull|dullness|pale|desaturated|undersaturated|gr[ea]y|gr[ea]yish|gr[ea]yed|washed|washed-out|"
        r"colou?rless|drab|monochrome|monochromatic|bleached|pallid|lifeless|gr[ea]yscale|subdued|pastel|bland",
        turning_up=r"richer|punchier|bolder",
        turning_down=r"fading|paler|duller|gr[ea]yer|muting|draining|drained|bleaching",
        measure=r"saturation|colou?rs?|chroma|hues?|tints?",
    ),
    "contrast": Axis(
        up=r"contrasty|stark|high-contrast|punchy|dramatic|deep",
        down=r"flat|low-contrast|flatness|flattened|veiled|washed|washed-out",
        turning_up=r"starker|deeper|deepened|deepening|higher-contrast",
        turning_down=r"flatter|flattening|lower-contrast",
        measure=r"contrast|contrasts|separation|depth",
    ),
    "noise": Axis(
        up=r"noise|noisy|grain|grainy|graininess|speckl\w+|gritty|grit|static|snow|specks?|mottl\w+|dots|dotted|rough|roughness|"
        r"textured",
        down=r"clean|noiseless|noise-free|grain-free|smooth|smoothness|spotless|pristine|plastic|waxy|polished|textureless",
        turning_up=r"noisier|grainier|rougher|roughen\w*",
        turning_down=r"cleaner|smoother|smoothing|cleaned",
    ),
    "warmth": Axis(up=r"warm|warmth|warmer", down=r"cold|cool|colder|cooler|coolness|coldness|chilly|icy"),
    "size": Axis(
        up=r"large|larger|big|bigger|coarse|coarser|coarseness|thick|thicker|wide|wider|broad|long|huge|oversized|chunky|"
        r"enlarged|widened|broadened|swollen",
        down=r"small|smaller|tiny|thin|thinner|narrow|narrower|short|minute|miniature|shrunken|narrowed|delicate",
        directed=False,
    ),
    "evenness": Axis(
        up=r"even|uniform|regular|constant|consistent|homogeneous|seamless|gradual|evenly|uniformly|continuous|steady|stable|"
        r"orderly|unbroken|gentle",
        down=r"uneven|irregular|patchy|random|inconsistent|unevenly|scattered|abrupt|blotchy|discontinuous|broken|stepped|"
        r"nonuniform|non-uniform|randomly|unsteady|erratic|haphazard|jagged|sudden|fragmented",
        measure=r"uniformity|evenness|consistency",
    ),
    "straightness": Axis(
        up=r"straight|aligned|undistorted",
        down=r"wavy|crooked|warped|bent|misaligned|distorted|ragged|wobbly|zigzag|jittery|serrated",
        directed=False,
    ),
    "orientation": Axis(up=r"horizontal|horizontally|sideways", down=r"vertical|vertically|upright", directed=False),
    "place": Axis(
        up=r"foreground|centre|center|central|near|inside|top|upper|left|upward|upwards|leftward|inward",
        down=r"background|corners?|periphery|peripheral|far|distant|outside|bottom|lower|right|downward|downwards|"
        r"rightward|outward|borders?",
        directed=False,
    ),
    "naturalness": Axis(
        up=r"natural|realistic|lifelike|true-to-life|faithful|accurate|correct|original|unaltered|true",
        down=r"unnatural|artificial|synthetic|false|unrealistic|wrong|inaccurate|fake|incorrect|altered|cartoonish|off",
        directed=False,
    ),
    "visibility": Axis(
        up=r"visible|noticeable|prominent|conspicuous|obvious|strong|stronger|heavy|heavier|exaggerated|emphasi[sz]ed|revealed",
        down=r"invisible|hidden|faint|fainter|subtle|obscured|concealed|weak|weaker|imperceptible",
        directed=False,
    ),
}

HUES: dict[str, str] = {
    "red": r"red|reddish|crimson|scarlet|redder",
    "orange": r"orange|amber",
    "yellow": r"yellow|yellowish|golden|yellower|sepia",
    "green": r"green|greenish|greener|lime",
    "cyan": r"cyan|teal|turquoise|aqua",
    "blue": r"blue|bluish|blueish|bluer|azure",
    "purple": r"purple|violet|purplish|magenta|pink|pinkish",
    "brown": r"brown|brownish",
}

MORE = (
    r"increas\w*|more|gain\w*|add(ed|ing|ition|itional)?|rais(e|ed|ing)|heighten\w*|enhanc\w*|boost\w*|amplif\w*|extra|excess\w*|"
    r"high|higher|greater|intensif\w*|strengthen\w*|rise|rising|rises|growth|growing|over-?abundance|abundance|abundant|excess|"
    r"exaggerat\w*|improv\w*|elevated|surplus|wealth|restor\w+|preserv\w+|retain\w*|retention|presence|stronger|strong|"
    r"accentuat\w*|pronounced|plenty|deepen\w*|recover\w*|full|fully|expan(d|ded|sion|ding)|"
    r"stretched|stretching|wide|wider"
)
LESS = (
    r"decreas\w*|less|lesser|loss|losing|lost|lose|lack|lacking|lacks|reduc\w*|lower|lowered|lowering|low|diminish\w*|"
    r"weaken\w*|weak|weaker|fewer|few|drop|dropped|drops|dropping|missing|absence|absent|removal|removed|removing|suppress\w*|"
    r"limited|insufficient|poor|poorly|decline|declining|fall|falling|minimal|lessen\w*|without|no|not|drain\w*|eliminat\w*|"
    r"deficien\w*|erosion|eroded|eroding|erased|erasing|vanish\w*|disappear\w*|degrad\w*|impair\w*|worsen\w*|deteriorat\w*|"
    r"compromised|under|low|reduction|narrow\w*|compressed|shrink\w*|shrunken|obscur\w*|conceal\w*|hidden|thinning|scarc\w*|"
    r"free|devoid|attenuat\w*|little|barely|hardly|faint"
)
TURNING = (
    r"turn(ed|ing|s)?|becom(e|ing|es)|into|made|making|render(ed|ing)|go(ing|ne)|look(ing|s)?|appear(ing|s)?|towards?"
)
