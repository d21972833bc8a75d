"""The shipped banks written by hand and those that a model wrote, side by side in what pictures say of them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from pathlib import Path

from exiqa.bank.grounding.grounding import Grounding, load_grounding
from exiqa.bank.linking.effects import PRESENT
from exiqa.bank.linking.labelled import parse_claims
from exiqa.bank.schema import Bank
from exiqa.bank.storage.store import load_bank

PAGE = Path("reports/grounding/banks.md")

_TITLE = "# Banks written by hand and by a model, held against pictures"
_TEXT = (
    "{pairs}. A phrase is *seen* from a level on, *not seen*, the *opposite* of what pictures show, or *not linked* to "
    "an effect; *unnamed* are effects that are plainly there and that none of the phrases speaks of, over all "
    "distortions. The phrases of a model's bank were taken by this very measure, so that hardly one is refused by it; "
    "what tells the two apart is how many are borne out, and what is left unnamed. `python -m "
    "exiqa.attrgen.recorded.build` writes this page.",
    "A model's bank leaves out the distortions of which too few of its phrases were borne out, and is compared with "
    "the curated one without them: {missing}. Such a bank can be shown, compared, reviewed, held against pictures, and "
    "a model tuned on it; a table of a data set that has those distortions refuses it in a sentence.",
)
_COLUMNS = """\
| Bank | Written by | Distortions | K | Phrases | Seen | Not seen | Opposite | Not linked | Unnamed |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""


def comparison_page(written: Iterable[tuple[str, str]], store: Path) -> str:
    """The page's text.

    Args:
        written: (Taxonomy id, bank id) of the banks that a model wrote.
        store: Where groundings are looked for, beside the package.
    """
    rows = []
    pairs = set()
    missing = []
    banks = list(written)
    taxonomies = [taxonomy for taxonomy, _ in banks]
    for taxonomy, bank_id in sorted(banks, key=lambda bank: taxonomies.index(bank[0])):
        theirs, ours = load_bank(bank_id, store), load_bank(taxonomy)
        k = min(map(len, theirs.ranked.values()))
        if left_out := [distortion for distortion in theirs.taxonomy.ids if distortion not in theirs.ranked]:
            missing.append(f"`{theirs.id}` has no {', '.join(left_out)}")
        for bank, author, depth in (
            (ours, "by hand", min(map(len, ours.ranked.values()))),
            (ours, "by hand", k),
            (theirs, "a model", k),
        ):
            grounding = load_grounding(bank, store)
            pairs.add(grounding.source.pairs.partition(",")[0])
            # What a model found too little to say of is left out on both sides.
            rows.append(_row(bank, grounding, author, depth, theirs.distortions))
    [photos] = pairs
    about = {"pairs": f"On {photos}, with the levels of each data set", "missing": "; ".join(missing)}
    paragraphs = (_TITLE, *(textwrap.fill(text.format(**about), 116, break_on_hyphens=False) for text in _TEXT))
    return "\n\n".join((*paragraphs, _COLUMNS)) + "".join(dict.fromkeys(rows))


def _row(bank: Bank, grounding: Grounding, author: str, k: int, distortions: tuple[str, ...]) -> str:
    entries = [grounding.distortions[distortion] for distortion in distortions]
    verdicts = [record.verdict for entry in entries for record in entry.phrases[:k]]
    counts = [verdicts.count(verdict) for verdict in ("seen", "not seen", "opposite", "not linked")]
    unnamed = 0
    for entry in entries:
        claims = [claim for record in entry.phrases[:k] for claim in parse_claims(record.claims)]
        named = {claim.effect for claim in claims if claim.sign == PRESENT}
        least = grounding.source.settings.gap
        unnamed += sum(entry.curves.peak(effect) >= least for effect in entry.curves.visibility if effect not in named)
    figures = " | ".join(map(str, (f"{len(entries)} of {len(bank.taxonomy.ids)}", k, len(verdicts), *counts, unnamed)))
    return f"| `{bank.id}` | {author} | {figures} |\n"
