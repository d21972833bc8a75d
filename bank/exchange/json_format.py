"""Banks as JSON: this program's own, and the mapping of class names to descriptors of classify_by_description."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import ValidationError

from exiqa.bank.attribute import Attribute, Ranked
from exiqa.bank.schema import Bank
from exiqa.core.documents import json_value
from exiqa.core.errors import UserError


def write_descriptions(bank: Bank) -> str:
    """classify_by_description's JSON: each distortion's name with its phrases, best first."""
    phrases = {bank.taxonomy[d].name: [attribute.phrase for attribute in bank.ranked[d]] for d in bank.distortions}
    return json.dumps(phrases, indent=1, ensure_ascii=False) + "\n"


def read_json(text: str, where: str) -> Ranked:
    """The attributes of a mapping of names to descriptors, or of the JSON that this program writes.

    Seals are not asked for: an edited bank file can be imported.

    Args:
        text: The file's text.
        where: Names the source in errors.

    Raises:
        UserError: The text is no JSON, or not an object of distortion -> list of phrases.
    """
    document = json_value(text, where)
    if isinstance(document, dict) and isinstance(document.get("ranked"), dict):
        document = document["ranked"]
    if not isinstance(document, Mapping):
        raise UserError(f"{where}: a JSON bank is an object of distortion -> list of phrases")
    ranked: Ranked = {}
    for distortion, descriptors in document.items():
        if not isinstance(descriptors, list):
            raise UserError(f"{where}: what {distortion!r} has is not a list of phrases")
        ranked[distortion] = tuple(_attribute(descriptor, distortion, where) for descriptor in descriptors)
    return ranked


def _attribute(descriptor: object, distortion: str, where: str) -> Attribute:
    if isinstance(descriptor, str):
        descriptor = {"phrase": descriptor}
    if not isinstance(descriptor, dict):
        raise UserError(f"{where}: {distortion}: {descriptor!r} is no phrase")
    try:
        return Attribute.model_validate({key: value for key, value in descriptor.items() if key != "check"})
    except ValidationError:
        raise UserError(f"{where}: {distortion}: {descriptor!r} is no phrase with an antonym") from None
