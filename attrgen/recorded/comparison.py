"""The shipped banks that people wrote and those that a model wrote, side by side in what pictures say of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from exiqa.bank.grounding.grounding import Grounding, load_grounding
from exiqa.bank.linking.effects import PRESENT
from exiqa.bank.linking.labelled import parse_claims
from exiqa.bank.schema import Bank
from exiqa.bank.storage.store import load_bank

PAGE = Path("reports/grounding/banks.md")

_HEAD = """# Banks written by hand and by a model, held against pictures

{pairs}. A phrase is *seen* from a level on, *not seen*, the *opposite* of what pictures show, or *not linked* to an
effect; *unnamed* are effects that are plainly there and that none of the phrases speaks of, over all distortions. The
phrases of a written bank were taken by this very measure, so that none of them is refused by it; what tells the two
apart is how many are borne out, and what is left unnamed. `python -m exiqa.attrgen.recorded.build` writes this page.

| Bank | Written by | K | Phrases | Seen | Not seen | Opposite | Not linked | Unnamed |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""


def comparison_page(written: Iterable[tuple[str, str]], store: Path) -> str:
    """The page's text.

    Args:
        written: (Taxonomy id, bank id) of the banks that a model wrote.
        store: Where groundings are looked for, beside the package.
    """
    rows = []
    pairs = set()
    for taxonomy, bank_id in written:
        theirs, ours = load_bank(bank_id, store), load_bank(taxonomy)
        k = min(map(len, theirs.ranked.values()))
        for bank, author, depth in (
            (ours, "people", min(map(len, ours.ranked.values()))),
            (ours, "people", k),
            (theirs, "a model", k),
        ):
            grounding = load_grounding(bank, store)
            pairs.add(grounding.source.pairs.partition(",")[0])
            rows.append(_row(bank, grounding, author, depth))
    [photos] = pairs
    return _HEAD.format(pairs=f"On {photos}, with the levels of each data set") + "".join(rows)


def _row(bank: Bank, grounding: Grounding, author: str, k: int) -> str:
    verdicts = [record.verdict for entry in grounding.distortions.values() for record in entry.phrases[:k]]
    counts = [verdicts.count(verdict) for verdict in ("seen", "not seen", "opposite", "not linked")]
    unnamed = 0
    for entry in grounding.distortions.values():
        claims = [claim for record in entry.phrases[:k] for claim in parse_claims(record.claims)]
        named = {claim.effect for claim in claims if claim.sign == PRESENT}
        least = grounding.source.settings.gap
        unnamed += sum(entry.curves.peak(effect) >= least for effect in entry.curves.visibility if effect not in named)
    figures = " | ".join(map(str, (k, len(verdicts), *counts, unnamed)))
    return f"| `{bank.id}` | {author} | {figures} |\n"
