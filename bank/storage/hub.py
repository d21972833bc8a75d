"""Banks on the Hugging Face Hub: a dataset repository with one JSON file a version, as in a store, and its attributes
as Parquet with a dataset card (`exiqa.bank.storage.dataset_card`)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from exiqa.bank.schema import Bank
from exiqa.bank.storage.bank_file import bank_text, read_bank
from exiqa.bank.storage.dataset_card import CARD, bank_parquet, dataset_card, parquet_name
from exiqa.bank.storage.store import check_name
from exiqa.core.errors import UserError

if TYPE_CHECKING:
    from huggingface_hub import HfApi


def push(bank: Bank, repo: str, private: bool = False) -> str:
    """Put a bank into a dataset repository. A version that is there already is left as it is.

    Args:
        bank: The bank to upload.
        repo: "user/name"; made where it does not exist.
        private: Whether a new repository is private.

    Returns:
        The address of the bank's page.

    Raises:
        UserError: The repository holds another bank under this name and version, or the hub refuses or does not
            answer.
    """
    from huggingface_hub import CommitOperationAdd

    _check_repo(repo)
    file = f"{bank.id}.json"
    with _hub_errors(repo):
        api = hub_api()
        api.create_repo(repo, repo_type="dataset", private=private, exist_ok=True)
        info = api.dataset_info(repo)
        address = f"{api.endpoint}/datasets/{repo}/blob/main/{file}"
        files = {sibling.rfilename for sibling in info.siblings or []}
        if file in files:
            uploaded = _download(api, repo, file)
            if uploaded.hash == bank.hash:
                return address
            raise UserError(
                f"{repo} already holds another {bank.id} (hash {uploaded.hash[:12]}…, yours {bank.hash[:12]}…); a "
                "saved version never changes: save yours under another name or version"
            )
        ids = {name.removesuffix(".parquet") for name in files if name.endswith(".parquet")}
        present = None
        if CARD in files:
            present = Path(api.hf_hub_download(repo, CARD, repo_type="dataset")).read_text(encoding="utf-8")
        added = {
            file: bank_text(bank).encode(),
            parquet_name(bank.id): bank_parquet(bank),
            CARD: dataset_card(bank, sorted({*ids, bank.id}), present).encode(),
        }
        # With the parent, two who push at once cannot write over each other.
        api.create_commit(
            repo,
            [CommitOperationAdd(path_in_repo=name, path_or_fileobj=data) for name, data in added.items()],
            commit_message=f"Add {bank.id}",
            repo_type="dataset",
            parent_commit=info.sha,
        )
    return address


def pull(repo: str, spec: str) -> Bank:
    """A bank from a dataset repository, its seals checked.

    Args:
        repo: "user/name".
        spec: `name@3`, or `name` for its latest version.

    Raises:
        UserError: There is no such bank, it was tampered with, or the hub refuses or does not answer.
    """
    _check_repo(repo)
    name, at, version = spec.partition("@")
    check_name(name)
    with _hub_errors(repo):
        api = hub_api()
        files = [sibling.rfilename for sibling in api.dataset_info(repo).siblings or []]
        versions = [int(m[1]) for file in files if (m := re.fullmatch(rf"{re.escape(name)}@([1-9][0-9]*)\.json", file))]
        if at and version not in {str(known) for known in versions}:
            raise UserError(f"{repo} has no bank {spec}; of {name} it has the versions {sorted(versions) or 'none'}")
        if not versions:
            raise UserError(f"{repo} has no bank {name!r}")
        file = f"{name}@{version or max(versions)}.json"
        bank = _download(api, repo, file)
    if f"{bank.id}.json" != file:
        raise UserError(f"{file} in {repo} holds the bank {bank.id}")
    return bank


NO_ANSWER_OF_A_HUB = (TypeError, LookupError, AttributeError, ValueError, RecursionError)
"""What the hub's library raises where an answer is of other types than it expects: it takes them as they come."""


def hub_api(token: str | None = None) -> HfApi:
    """The hub's client, for the server that `HF_ENDPOINT` names now.

    Args:
        token: None takes the one that the user logged in with.
    """
    from huggingface_hub import HfApi

    # Read here, not at the hub library's import, so that a setting made in between counts.
    return HfApi(endpoint=os.environ.get("HF_ENDPOINT"), library_name="exiqa", token=token)


def _download(api: HfApi, repo: str, file: str) -> Bank:
    return read_bank(Path(api.hf_hub_download(repo, file, repo_type="dataset")), where=f"{file} in {repo}")


def _check_repo(repo: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", repo):
        raise UserError(f"{repo!r} is no repository on the hub; write user/name")


@contextmanager
def _hub_errors(repo: str) -> Iterator[None]:
    """The hub's many errors as one sentence each. None of them shows the token."""
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        LocalTokenNotFoundError,
        RepositoryNotFoundError,
    )

    # The hub library's versions speak HTTP through different libraries; its own error names that of this one.
    transport_error = cast(type[Exception], HfHubHTTPError.__bases__[0])
    try:
        yield
    except LocalTokenNotFoundError:
        raise UserError("you are not logged in to the hub; run `hf auth login`, or set HF_TOKEN") from None
    except RepositoryNotFoundError:
        raise UserError(f"the hub shows you no dataset repository {repo}; check its name and your login") from None
    except HFValidationError as error:
        raise UserError(f"{repo!r} is no repository name that the hub takes: {error}") from None
    except HfHubHTTPError as error:
        code = error.response.status_code if error.response is not None else "no"
        raise UserError(f"the hub refused what was asked about {repo} (HTTP {code}: {_first_line(error)})") from None
    except (transport_error, LocalEntryNotFoundError) as error:
        raise UserError(f"the hub did not answer about {repo} ({_first_line(error)}); check the network") from None
    except NO_ANSWER_OF_A_HUB as error:
        reason = f"{type(error).__name__}: {_first_line(error)}"
        raise UserError(f"the hub's answer about {repo} is none of a hub ({reason[:200]}); check HF_ENDPOINT") from None


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
