"""Editing a bank by hand: a draft in the store, and from it the next version with the edits on record."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from exiqa.bank.editing.diff import diff
from exiqa.bank.exchange.import_export import read_ranked
from exiqa.bank.exchange.text_format import ranked_to_text
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.storage.bank_file import validate_bank
from exiqa.bank.storage.store import BankStore, check_name, check_not_reserved
from exiqa.core.documents import read_text
from exiqa.core.errors import UserError
from exiqa.core.files import write_text


def edit(bank: Bank, store: BankStore, name: str, open_editor: Callable[[Path], None]) -> Bank | None:
    """Let the user change a bank in a draft and save the result as the next version of `name`.

    The draft is `NAME.draft.txt` in the store (see `exiqa.bank.exchange.text_format`). It stays there until it has
    become a version, so what could not be saved is not lost: the next call opens the same draft again.

    Args:
        bank: The bank to start from, the new version's parent.
        store: Where the draft and the new version are saved.
        name: Name of the new version, `bank.name` or another.
        open_editor: Opens a file for the user and returns when the editor is left, as `open_in_editor` does.

    Returns:
        The saved bank; None where nothing was changed.

    Raises:
        UserError: The name is reserved, or the draft is one of another bank or cannot be read.
    """
    check_name(name)
    check_not_reserved(name)
    draft = store.folder / f"{name}.draft.txt"
    first_line = f"{_EDITS_OF}{bank.pinned_id}"
    try:
        if draft.is_file() and _is_saved(draft, store, name):
            draft.unlink()
        if not draft.is_file():
            write_text(draft, ranked_to_text(bank.ranked, f"{first_line}\n{_HELP}"))
        elif read_text(draft).splitlines()[:1] != [f"# {first_line}"]:
            raise UserError(f"it is a draft of another bank than {bank.id}; finish that edit, or delete the file")
        open_editor(draft)
        ranked = read_ranked(read_text(draft), "text", bank.taxonomy, str(draft))
        if not ranked:
            raise UserError("it lists no attribute any more")
        fields = {field: getattr(bank, field) for field in Bank.model_fields}
        edited = validate_bank({**fields, "ranked": ranked}, str(draft))
    except UserError as error:
        raise UserError(f"nothing was saved and the draft {draft} stays for the next `edit`: {error}") from None
    if edited.hash == bank.hash:
        draft.unlink()
        return None
    provenance = Provenance(
        method="edited",
        parents=(bank.pinned_id,),
        created=datetime.now(UTC).date().isoformat(),
        generator={"edits": diff(bank, edited).edits()},
    )
    saved = store.save(name, bank.taxonomy, ranked, provenance)
    draft.unlink()
    return saved


_EDITS_OF = "Edits of "


def _is_saved(draft: Path, store: BankStore, name: str) -> bool:
    """Whether a draft has become a version already: a call was killed between saving that and removing this."""
    text = read_text(draft)
    for entry in store.list():
        if entry.name != name:
            continue
        try:
            bank = entry.load()
            edits_parent = bank.provenance.parents and text.startswith(f"# {_EDITS_OF}{bank.provenance.parents[0]}\n")
            if edits_parent and read_ranked(text, "text", bank.taxonomy, str(draft)) == bank.ranked:
                return True
        except UserError:
            continue  # a damaged version, or a draft that is not finished: both are told where they matter
    return False


_HELP = """One attribute a line, best first: phrase, or phrase | opposite.
Move, change, add and delete lines; lines that begin with # say nothing.
Save and leave the editor to make the next version; leave all as it is to make none."""


def open_in_editor(path: Path) -> None:
    """Open a file in the user's editor (`$VISUAL`, else `$EDITOR`) and wait until it is left.

    Raises:
        UserError: No editor is set, it does not start, or it ends with an error.
    """
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not command:
        raise UserError(f"there is no editor to open {path} with; set the environment variable EDITOR")
    try:
        code = subprocess.run([*shlex.split(command), str(path)], check=False).returncode
    except (OSError, ValueError) as error:
        raise UserError(f"the editor {command!r} could not be started ({error}); set EDITOR to another") from None
    if code:
        raise UserError(f"the editor {command!r} ended with the code {code}")
