"""`exiqa bank antonyms`: where a bank meets a language model."""

from __future__ import annotations

from typing import Annotated

import typer

from exiqa.attrgen.llms import SHIPPED_FORMS
from exiqa.bank.cli import DEFAULT_STORE, AsJson, BankSpec, Store
from exiqa.bank.terminal import new_table, print_json, print_table, text
from exiqa.core.console import counted


def antonyms(
    bank: BankSpec,
    llm: Annotated[str, typer.Option(metavar="SPEC", help=f"{SHIPPED_FORMS}; or what another package adds.")],
    name: Annotated[str | None, typer.Option("--as", metavar="NAME", help="Save under this name instead.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the sampling.")] = 0,
    rounds: Annotated[int, typer.Option(min=1, help="Times that a phrase is asked about at most.")] = 3,
    concurrency: Annotated[int, typer.Option(min=1, help="Requests at a time, or a local model's batch.")] = 8,
    key_env: Annotated[
        str, typer.Option(metavar="NAME", help="The environment variable that holds the key of a server.")
    ] = "OPENAI_API_KEY",
    store: Store = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Ask a language model for the opposites that a bank lacks, and save the next version."""
    from exiqa.attrgen.antonyms import add_antonyms
    from exiqa.attrgen.llms.provider import LLMOptions
    from exiqa.attrgen.llms.spec import parse_llm_spec
    from exiqa.bank.storage.store import load_bank
    from exiqa.core.progress import progress_bar

    parent = load_bank(bank, store)
    model = parse_llm_spec(llm, LLMOptions(concurrency, key_env))
    with progress_bar("asking for opposites") as step:
        added = add_antonyms(parent, model, store, name or parent.name, seed, rounds, step)
    if as_json:
        print_json(
            {
                "bank": None if added.bank is None else {"id": added.bank.id, "hash": added.bank.hash},
                "missing": added.missing,
                "verdicts": [line.model_dump(exclude={"kind"}) for line in added.verdicts],
            }
        )
        return
    table = new_table("Distortion", "Opposite", "Verdict", "Why")
    for line in added.verdicts:
        table.add_row(*map(text, (line.distortion, line.phrase, line.verdict, line.detail)))
    if added.verdicts:
        print_table(table)
    print(f"{counted(len(added.missing), 'phrase')} without an opposite")
    print(f"saved {added.bank.id}  hash {added.bank.hash}" if added.bank else "nothing was added, so nothing was saved")
