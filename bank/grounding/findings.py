"""What a grounding means for a bank, as findings beside those of lint."""

from __future__ import annotations

from exiqa.bank.grounding.grounding import Grounding, verdict_words
from exiqa.bank.linking.effects import EFFECTS
from exiqa.bank.phrases.lint import Finding


def grounding_findings(grounding: Grounding) -> list[Finding]:
    """Errors: a phrase that is not seen, or whose opposite is. Warnings: effects that no phrase names."""
    findings = []
    for distortion, entry in grounding.distortions.items():
        for record in entry.phrases:
            if record.verdict in ("not seen", "opposite"):
                claims = ", ".join(f"{claim}" for claim in record.claims.split(";"))
                detail = f"{verdict_words(record)} in its pictures (claims {claims})"
                findings.append(Finding("error", "grounding", distortion, record.phrase, detail))
        findings += [
            Finding("warning", "grounding", distortion, "", f"no phrase speaks of {EFFECTS[effect].name}")
            for effect in entry.gaps
        ]
    return findings
