"""Things by name that other packages may add to: ours, those of an entry-point group, and `package.module:NAME`."""

from __future__ import annotations

import importlib
import importlib.util
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from exiqa.core.errors import UserError, UserNotice, known_names

if TYPE_CHECKING:
    from importlib import metadata

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Registry(Generic[Thing]):
    """What can be named in a suite or on a command line, each thing imported when it is first asked for.

    A package adds one by an entry point of `group` in its own `pyproject.toml`
    (`[project.entry-points."exiqa.methods"]`, `mine = "my_package.mine:METHOD"`); without installing anything,
    `my_package.mine:METHOD` itself is a name.
    """

    group: str
    """The entry-point group: "exiqa.methods"."""
    kind: type[Thing]
    """What each thing is an instance of."""
    noun: str
    """What a sentence calls one: "method"."""
    own: Mapping[str, str]
    """Name -> "package.module:NAME" of ours, in the order in which they are listed."""

    def names(self) -> list[str]:
        """All names, ours first in their order, then those of other packages by name."""
        return [*self.own, *sorted(self._added.keys() - self.own.keys())]

    def __contains__(self, name: object) -> bool:
        """Whether `name` is registered or has the form `package.module:NAME`; nothing is imported."""
        return isinstance(name, str) and (name in self.own or name in self._added or _is_path(name))

    def __getitem__(self, name: str) -> Thing:
        """The thing that `name` names.

        Raises:
            UserError: No such name, one that several packages claim, a module that cannot be imported, or something
                of another kind.
        """
        if name in self._loaded:
            return self._loaded[name]
        paths = {claim.value for claim in self._added.get(name, [])}
        if name in self.own:
            paths.add(self.own[name])
        if not paths and _is_path(name):
            paths.add(name)
        if not paths:
            raise UserError(self._unknown(name))
        if len(paths) > 1:
            claims = " and ".join(sorted(paths))
            raise UserError(f"the {self.noun} {name!r} is claimed twice, by {claims}; uninstall one, or give its path")
        if name in self._failed:
            raise UserError(self._failed[name])
        try:
            self._loaded[name] = self._load(name, paths.pop())
        except UserError as error:
            self._failed[name] = str(error)  # a module that fails at its import would run again for every question
            raise
        return self._loaded[name]

    def beginning(self, spec: str) -> tuple[str, str] | None:
        """The name that a spec such as `openai:MODEL` or `exiqa-mini/random` begins with, and all that follows.

        Args:
            spec: A registered name ends where its letters, digits, `_`, `-` and `.` end; a `package.module:NAME`
                counts where there is such a module.

        Returns:
            Name and rest; None where the spec begins with neither.
        """
        name = re.match(r"[\w.-]+", spec)
        if name is not None and name.group() in self.names():
            return name.group(), spec[name.end() :]
        path = re.match(r"[\w.]+:[^\W\d]\w*", spec)
        if path is not None and _is_path(path.group()) and _module_exists(path.group().partition(":")[0]):
            return path.group(), spec[path.end() :]
        return None

    def usable(self) -> dict[str, Thing]:
        """Everything that can be had, by name: what lists are printed from. What cannot is named in a `UserNotice`."""
        things: dict[str, Thing] = {}
        for name in self.names():
            try:
                things[name] = self[name]
            except UserError as error:
                warnings.warn(str(error), UserNotice, stacklevel=2)
        return things

    def origin(self, name: str) -> str:
        """Where a thing comes from: "exiqa", or the distribution and version that added it; else the name itself."""
        if name in self.own:
            return "exiqa"
        if name in self._added and (distribution := self._added[name][0].dist):
            return f"{distribution.name} {distribution.version}"
        return name

    @cached_property
    def _added(self) -> dict[str, list[metadata.EntryPoint]]:
        """Name -> the entry points that claim it; only reads the metadata of what is installed."""
        from importlib import metadata  # slow to import, and a help text asks for nothing that is installed

        claims: dict[str, list[metadata.EntryPoint]] = {}
        for entry_point in metadata.entry_points(group=self.group):
            claims.setdefault(entry_point.name, []).append(entry_point)
        return claims

    @cached_property
    def _loaded(self) -> dict[str, Thing]:
        return {}

    @cached_property
    def _failed(self) -> dict[str, str]:
        return {}

    def _load(self, name: str, path: str) -> Thing:
        module, _, attribute = path.partition(":")
        where = f"the {self.noun} {name!r}" + ("" if name == path else f" ({path})")
        try:
            imported = importlib.import_module(module)
        except Exception as error:  # whatever a stranger's module does at its import, it is named with its reason
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            if isinstance(error, ModuleNotFoundError) and error.name == module.partition(".")[0]:
                reason += "; set PYTHONPATH to the folder that holds it"
            raise UserError(f"{where} cannot be imported: {reason}") from error
        thing: Any = getattr(imported, attribute, None)
        if thing is None:
            raise UserError(f"{where}: {module} has no {attribute}")
        if not isinstance(thing, self.kind):
            raise UserError(f"{where} must be a {self.kind.__name__}, and is a {type(thing).__name__}")
        return thing

    def _unknown(self, name: str) -> str:
        return f"there is no {self.noun} {name!r}; {known_names(name, self.names())}"


def _module_exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
    except Exception:  # its package fails at its import; whoever asks for the thing is told so
        return True


def _is_path(name: str) -> bool:
    module, separator, attribute = name.partition(":")
    return bool(separator) and attribute.isidentifier() and all(part.isidentifier() for part in module.split("."))
