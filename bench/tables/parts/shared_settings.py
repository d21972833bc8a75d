"""What the rows of a table share, taken out of them and said once below it."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace

from exiqa.bench.tables.parts.table import Row, RowGroup, Table, join_settings

HASH = "hyperparameters"
"""The setting that is a hash: it says that two rows differ, not in what."""


def note_shared_settings(table: Table) -> Table:
    """The table with details that say what tells its rows apart, and a note of what they have in common.

    A setting moves to the note where all rows that have it, two or more, have the same, unless of two rows of one
    method in a group one has it and the other has not. The hash of the hyperparameters, which every record has in
    full, stays only in a table in which nothing else tells some rows of a group apart.
    """
    rows = [row for group in table.groups for row in group.rows]
    words_by_field: dict[str, list[str]] = {}
    for row in rows:
        for field, words in row.settings:
            words_by_field.setdefault(field, []).append(words)
    if not _needs_hash(table.groups):
        words_by_field.pop(HASH, None)
    telling = _had_by_some(table.groups)
    common = {
        field: words[0]
        for field, words in words_by_field.items()
        if len(words) > 1 and len(set(words)) == 1 and field not in telling
    }
    told_apart = words_by_field.keys() - common.keys()
    groups = tuple(
        replace(group, rows=tuple(_shortened(row, told_apart) for row in group.rows)) for group in table.groups
    )
    note = (f"The same in all rows that have it: {', '.join(common.values())}.",) if common else ()
    return replace(table, groups=groups, notes=(*note, *table.notes))


def _needs_hash(groups: Sequence[RowGroup]) -> bool:
    for group in groups:
        without_hash = [
            (row.label, *(setting for setting in row.settings if setting[0] != HASH))
            for row in group.rows
            if row.settings
        ]
        if len(set(without_hash)) < len(without_hash):
            return True
    return False


def _had_by_some(groups: Sequence[RowGroup]) -> set[str]:
    """The settings that one row of a group has and another of the same label has not."""
    found: set[str] = set()
    for group in groups:
        fields_by_label: dict[str, list[set[str]]] = {}
        for row in group.rows:
            if row.settings:
                fields_by_label.setdefault(row.label, []).append({field for field, _ in row.settings})
        for of_rows in fields_by_label.values():
            found |= {field for own in of_rows for field in own if not all(field in other for other in of_rows)}
    return found


def _shortened(row: Row, kept: Set[str]) -> Row:
    """The row with less in its detail; its settings stay whole."""
    return (
        replace(row, detail=join_settings(setting for setting in row.settings if setting[0] in kept))
        if row.settings
        else row
    )
