"""Pictures that go along with a prompt, to a model that sees; a transcript keeps their hashes alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

NOTE = (
    "The pictures are crops of photos, in pairs: first a place as it was, then the same place with the distortion. Say "
    "what the second of each pair shows and the first does not."
)
"""Stands before a prompt that pictures go along with."""


@dataclass(frozen=True)
class Pictures:
    """PNG files by distortion: reference, distorted, reference, distorted, …"""

    files: Mapping[str, tuple[bytes, ...]]

    def digests(self, distortion: str) -> tuple[str, ...]:
        """SHA-256 of a distortion's pictures, in their order; none where there are none."""
        return tuple(hashlib.sha256(file).hexdigest() for file in self.files.get(distortion, ()))

    def by_digest(self) -> dict[str, bytes]:
        """SHA-256 -> the file, of all pictures."""
        return {hashlib.sha256(file).hexdigest(): file for files in self.files.values() for file in files}
