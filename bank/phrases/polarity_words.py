"""The tables of words that `exiqa.bank.phrases.polarity` goes by. Every pattern is matched against one whole
lower-case word."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Axis:
    """Words that take a side."""

    up: str
    down: str
    turning_up: str = ""
    """Words that say where something is going ("brighter"); they outweigh `up` and `down`, which may only say what
    it was ("brighter shadows")."""
    turning_down: str = ""
    measure: str = ""
    """Nouns that take a side only with a direction: "contrast" points nowhere, "a loss of contrast" does."""
    directed: bool = False
    """Whether "more", "less", "loss of" and their like turn the words of this axis around."""


AXES: dict[str, Axis] = {
    "brightness": Axis(
        up=r"bright|light|lit|sunny|luminous|glowing|over-?exposed|blown-out|blown|white|whitish|milky|pale|highlights?",
        down=r"dark|dim|gloomy|murky|under-?exposed|black|blackish|shadows?|shadowy|dusky|shaded?|dull|dullness",
        turning_up=r"bright(er|en|ens|ened|ening|est)|light(er|en|ens|ened|ening|est)|lifted|raised",
        turning_down=r"dark(er|en|ens|ened|ening|est)|dimm(er|ed|ing|est)|crushed|lowered",
        measure=r"brightness|lightness|luminance|luminosity|exposure|illumination|lighting",
        directed=True,
    ),
    "sharpness": Axis(
        up=r"sharp|crisp|crispness|sharpness|clarity|acuity|harsh|clear|hard|hard-edged|razor-sharp|pin-sharp|wiry|"
        r"(well-)?defined|distinct|(in-)?focused|in-focus|detailed|pronounced|etched|clean-cut",
        down=r"blur|blurs|blurry|blurred|blurring|blurriness|soft|softness|smear(ed|ing|s)?|smudg\w+|fuzzy|fuzziness|"
        r"unfocused|out-of-focus|indistinct|hazy|smoothed(-over)?|defocus\w*|unclear|undefined|ill-defined|vague|mushy",
        turning_up=r"sharp(er|en|ens|ened|ening)|crisper|(over-?|re-?)sharpen(ed|ing)|clearer",
        turning_down=r"soft(er|en|ens|ened|ening)|blurrier|fuzzier",
        measure=r"details?|definition|resolution|focus|textures?|edges?|outlines?|contours?",
        directed=True,
    ),
    "saturation": Axis(
        up=r"vivid|vividness|vibrant|vibrancy|vibrance|(over-?)?saturated|rich|richness|intense|garish|colou?rful|lively|"
        r"colou?rfulness|gaudy|lurid|neon|punchy|bold|lush|loud",
        down=r"muted|faded|dull|dullness|pale|desaturated|under-?saturated|gr[ea]y|gr[ea]yish|gr[ea]yed|washed|pallid|"
        r"washed-out|colou?rless|drab|monochrom\w+|bleached|lifeless|gr[ea]yscale|subdued|pastel|bland",
        turning_up=r"richer|punchier|bolder",
        turning_down=r"fading|paler|duller|gr[ea]yer|muting|draining|drained|bleaching|desaturating|desaturation",
        measure=r"saturation|colou?rs?|chroma|hues?|tints?",
        directed=True,
    ),
    "contrast": Axis(
        up=r"contrasty|stark|high-contrast|punchy|dramatic|deep|dimensional|three-dimensional|rounded|sculpted",
        down=r"flat|flatness|flattened|low-contrast|two-dimensional|veiled|washed|washed-out|shallow",
        turning_up=r"starker|deeper|deepened|deepening|higher-contrast",
        turning_down=r"flatter|flattening|lower-contrast",
        measure=r"contrasts?|separation|depth",
        directed=True,
    ),
    "noise": Axis(
        up=r"noise|noisy|grain|grainy|graininess|speckl\w+|gritty|grit|static|snow|specks?|mottl\w+|dots|dotted|textured|"
        r"dirty|dusty|grimy",
        down=r"clean|noiseless|noise-free|grain-free|spotless|pristine|plastic|waxy|polished|textureless|unmarked",
        turning_up=r"noisier|grainier|dirtier",
        turning_down=r"cleaner|cleaned",
        directed=True,
    ),
    "roughness": Axis(
        up=r"rough|roughness|bumpy|coarse|grainy|jagged|ragged|rougher|roughen\w*|serrated|stepped|stair-?step\w*|banded|banding|abrasive",
        down=r"smooth|smoothness|smoother|smoothing|sleek|glassy|silky|creamy|polished|velvety",
        directed=True,
    ),
    "abruptness": Axis(
        up=r"abrupt|sudden|steep|harsh|hard|stepped|sharp|jarring",
        down=r"gentle|gradual|gradually|smooth|soft|seamless|gently|smoothly|softly",
    ),
    "warmth": Axis(up=r"warm|warmth|warmer", down=r"cold|cool|colder|cooler|coolness|coldness|chilly|icy"),
    "size": Axis(
        up=r"large|larger|great|greater|big|bigger|coarse|coarser|coarseness|thick|thicker|thickened|wide|wider|broad|broader|long|longer|"
        r"huge|oversized|chunky|enlarged",
        down=r"small|smaller|tiny|thin|thinner|thinned|narrow|narrower|short|shorter|minute|miniature|fine|finer",
    ),
    "extent": Axis(
        up=r"stretch\w*|expan\w+|elongat\w+|swollen|swelling|bulg\w+|widen\w*|broaden\w*|enlarg\w*|thicken\w*|lengthen\w*",
        down=r"squeez\w+|shrink\w*|shrunk\w*|contract(ed|ing|ion)|pinch\w*|narrow(ed|ing)|compress\w*|squash\w*|thinning|"
        r"shorten\w*|flatten\w*",
    ),
    "evenness": Axis(
        up=r"even|evenly|uniform|uniformly|regular|constant|consistent|homogeneous|continuous|steady|stable|orderly|whole|"
        r"unbroken|connected|joined|balanced|intact|ordered",
        down=r"uneven|unevenly|irregular|patchy|random|randomly|inconsistent|scattered|blotchy|discontinuous|broken|torn|"
        r"stepped|non-?uniform|unsteady|erratic|haphazard|jagged|fragmented|disconnected|interrupted|unbalanced|lopsided",
        measure=r"uniformity|evenness|consistency|continuity|balance",
        directed=True,
    ),
    "straightness": Axis(
        up=r"straight|aligned|undistorted|steady|stable",
        down=r"wav[ey]\w*|crooked|warped|bent|misaligned|distorted|ragged|wobbl\w*|zigzag\w*|jitter\w*|serrated|shak\w+|"
        r"trembl\w+|rippl\w+|undulat\w+|tilted",
    ),
    "orientation": Axis(up=r"horizontal|horizontally|sideways", down=r"vertical|vertically|upright"),
    "side": Axis(up=r"left|leftward\w*", down=r"right|rightward\w*"),
    "height": Axis(up=r"top|upper|upwards?", down=r"bottom|lower|downwards?"),
    "place": Axis(
        up=r"foreground|cent(re|er)|central|near|nearby|inside|inner|inward|middle",
        down=r"background|corners?|peripher\w+|far|distant|outside|outer|outward|borders?|margins?",
    ),
    "soundness": Axis(
        # How an undisturbed scene looks, against words of damage.
        up=r"natural\w*|realistic|lifelike|true|true-to-life|faithful\w*|accurate|correct|original|unaltered|real|clean\w*|"
        r"clear|clarity|pure|purity|plain|exact|exactly|precise|precisely|precision|distinct|distinction|intact|full|"
        r"rich|healthy|believable|balanced|complete|convincing|flawless\w*|normal|proper|perfect|undisturbed|unbroken|"
        r"fresh|freshly|firm|youthful|tasteful|pleasing|beautiful|good|excellent|calm|orderly|order|consistent|constant|equal|"
        r"matching|fitting|compact|legible|legibility|readable|open|high-quality|cheerful|brilliant|lustrous|untouched|"
        r"spotless|quiet|presence|separation|solid|straight|contained|steady|stable|whole|comfortable|finely|nuanced",
        down=r"unnatural\w*|artificial\w*|synthetic|false\w*|unrealistic|wrong\w*|inaccurate|fake|incorrect|altered|cartoonish|"
        r"implausible|foreign|misplaced|swapp\w+|muddl\w+|merg\w+|smear\w*|exaggerat\w+|shrunken|distract\w+|broken|truncated|"
        r"scrambl\w+|crumbl\w+|washed-out|faded|dull\w*|drab|lifeless|gloomy|murky|muddy|garish|harsh|poor|poorly|bad|badly|"
        r"cheap|inferior|low-quality|ugly|unpleasant|loss|losing|lost|lack|lacking|weakening|missing|absence|disappear\w*|vanish\w*|"
        r"fad(ing|es)|bleeding|blotch\w*|ghosted|streak\w*|distort\w*|warp\w*|clipp\w+|swallow\w*|flatten\w*|speckl\w+|jagged|"
        r"wip(ed|ing)-?\w*|fray\w*|misaligned|opposite|limited|illegib\w+|blurr?\w*|blocky|uneven\w*|drift|stray|lumpy|brok\w+|"
        r"frosted|wrinkled|stiff\w*|bleached|aged|fals\w+|damag\w+|corrupt\w*|spoil\w*|degrad\w*",
        directed=True,
    ),
    "strength": Axis(
        up=r"strong|stronger|strongly|heavy|heavier|heavily|exaggerat\w+|emphasi[sz]ed|emphatic|intense|severe|severely|extreme|"
        r"marked|pronounced|over-?emphasi\w+|accentuated|bold|bolder|powerful",
        down=r"weak|weaker|weakly|faint|fainter|faintly|subtle|slight|slightly|mild|mildly|flattened|muted|subdu\w+|suppressed|"
        r"under-?emphasi\w+|toned-down|restrained|minor",
    ),
    "visibility": Axis(
        up=r"visible|visibly|noticeable|prominent|conspicuous|obvious|revealed|exposed|legible|readable|recogni[sz]able|apparent",
        down=r"invisible|hidden|obscured|concealed|imperceptible|illegible|unreadable|unrecogni[sz]able|buried|masked|covered|"
        r"swallowed",
        measure=r"visibility|legibility|readability",
        directed=True,
    ),
    "opacity": Axis(
        up=r"opaque|dense|thick|solid|impenetrable",
        down=r"transparent|translucent|see-through|thin|sheer|clear",
    ),
    "density": Axis(
        up=r"dense|densely|crowded|packed|frequent|numerous|many|abundant|countless|busy",
        down=r"sparse|sparsely|rare|rarely|isolated|occasional|few|empty|calm|quiet|bare|light",
    ),
    "joining": Axis(
        up=r"merg(ed|ing|e)|blend(ed|ing)?|fus(ed|ing)|mix(ed|ing)?|bleed(s|ing)?|spill(ed|ing|s)?|running|melt(ed|ing)",
        down=r"separate|separated|separately|distinct|split|contained|confined",
    ),
    "number": Axis(up=r"doubl(e|ed|ing)|duplicat\w+|repeat\w*|multipl\w+|ghost\w*", down=r"single|lone|one|unique"),
    "gloss": Axis(up=r"glossy|shiny|gleaming|glaring|sparkling|glare", down=r"matte?|dull|lustreless|lusterless"),
    "motion": Axis(up=r"moving|movement|motion|speed|dynamic", down=r"still|stillness|motionless|frozen|stationary"),
}

KINDS: dict[str, dict[str, str]] = {
    # Families of words of which a phrase names some; two phrases that name different ones are different things.
    "hue": {
        "red": r"red|reddish|crimson|scarlet|redder",
        "orange": r"orange|amber",
        "yellow": r"yellow|yellowish|golden|yellower|sepia",
        "green": r"green|greenish|greener|lime",
        "cyan": r"cyan|teal|turquoise|aqua",
        "blue": r"blue|bluish|blueish|bluer|azure",
        "purple": r"purple|violet|purplish|magenta|pink|pinkish",
        "brown": r"brown|brownish",
    },
    "pattern": {
        "blocks": r"block(s|y|iness)?|tiles?|tiled|squares?|mosaics?|checkerboard|grid|pixelat\w+",
        "grain": r"grain|grainy|graininess|speckl\w+|specks?|static|sandy?|dots?|dotted|flecks?|gritty|noisy|noise",
        "lines": r"stripes?|striped|streak(s|ed|ing|y)?|lines|bands?|banded|banding|strips?",
        "halos": r"halos?|haloes|ringing|rings|ripples?|rippling|fringes?|fringing|glow|glowing",
        "copies": r"doubl(e|ed|ing)|ghost\w*|echo\w*|shadow-like|duplicat\w+",
        "patches": r"blotch\w*|patch\w*|stains?|stained|mottl\w+|clouds?|cloudy|smears?|smudg\w+",
    },
}

MORE = (
    r"increas\w*|more|gain(s|ed|ing)?|add(ed|ing|ition|itional)?|rais(e|ed|ing)|heighten\w*|enhanc\w*|boost\w*|amplif\w*|extra|"
    r"excess\w*|high|higher|greater|intensif\w*|strengthen\w*|rise|rising|rises|growth|growing|(over-?)?abundance|abundant|"
    r"exaggerat\w*|improv\w*|elevated|surplus|wealth|restor\w+|preserv\w+|retain\w*|retention|presence|stronger|strong|"
    r"accentuat\w*|pronounced|plenty|recover\w*|full|fully|overly|emerg\w+|emphasi\w+|over-?emphasi\w+|many"
)
LESS = (
    r"decreas\w*|less|lesser|loss|losing|lost|lose|lack|lacking|lacks|reduc\w*|lowered|lowering|low|lower|diminish\w*|"
    r"weaken\w*|weak|weaker|fewer|few|drop(s|ped|ping)?|missing|absence|absent|remov\w+|suppress\w*|limited|insufficient|"
    r"poor|poorly|declin(e|es|ing)|fall|falling|minimal|lessen\w*|without|no|not|drain\w*|eliminat\w*|deficien\w*|ero(ded?|ding|sion)|"
    r"eras(ed|ing|ure)|vanish\w*|disappear\w*|degrad\w*|impair\w*|worsen\w*|deteriorat\w*|compromised|under-?emphasi\w+|"
    r"obscur\w*|conceal\w*|hidden|scarc\w*|shortage|dearth|deficit|free|devoid|attenuat\w*|little|barely|hardly|faint|subdu\w*|dampen\w*|muffl\w*"
)
PLACING = r"in|on|at|near|along|around|across|from|between|under|over|inside|within|against|behind|throughout|with"
"""Prepositions after which a direction no longer holds: "a lack of detail in bright areas"."""
TURNING = (
    r"turn(ed|ing|s)?|becom(e|ing|es)|into|made|making|render(ed|ing)|go(ing|ne)|look(ing|s)?|appear(ing|s)?|towards?"
)
