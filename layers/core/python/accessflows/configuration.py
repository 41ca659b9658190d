"""The organisation's configuration files: read, checked and merged.

An edge: reads files, knows no AWS. Every mistake of every file is reported, not only the first."""

from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from accessflows.model.account import AccountSettings
from accessflows.model.configuration import Configuration, Path, spell
from accessflows.model.flow import AccessFlow, ResourceAccess
from accessflows.model.integration import Integration, Kind
from accessflows.model.on_call import OnCallSchedule, OnCallSource
from accessflows.model.person import DirectoryGroup, Person
from accessflows.model.space import Space
from accessflows.model.target import AccessScope, Bundle
from accessflows.plain_words import explain, nearest
from accessflows.rules.validation import Validator, problems
from accessflows.yaml_files import Document, read_document

# section -> the schema of its entries.
SECTIONS: Mapping[str, type[BaseModel]] = {
    "flows": AccessFlow,
    "integrations": Integration,
    "people": Person,
    "groups": DirectoryGroup,
    "bundles": Bundle,
    "access_scopes": AccessScope,
    "on_call_schedules": OnCallSchedule,
    "on_call_sources": OnCallSource,
    "spaces": Space,
    "resource_access": ResourceAccess,
}
_SETTINGS = "settings"
# What else an entry may be named by, in conditions and elsewhere.
_WORDS = ("id", "name", "emails")


class ConfigurationError(NamedTuple):
    """One mistake. line: 0 where no line is to blame."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}: {self.path}" if self.path else self.file
        return f"{where}: {self.message}" + (f" (line {self.line})" if self.line else "")


class ConfigurationErrors(Exception):
    """The configuration cannot be used. errors: by file and line in order."""

    def __init__(self, errors: tuple[ConfigurationError, ...]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = errors


def load(directory: FilePath) -> Configuration:
    """What the `*.yaml` and `*.yml` files of a directory say together.

    Raises ConfigurationErrors for what does not read well; `check` says what else is wrong.
    """
    reading = _Reading.of(directory)
    reading.refuse_errors()
    return reading.configuration()


def check(directory: FilePath, connectors: Mapping[Kind, Validator]) -> Configuration:
    """As `load`, and what it says fits together. Raises ConfigurationErrors with everything."""
    reading = _Reading.of(directory)
    reading.check(connectors)
    reading.refuse_errors()
    return reading.configuration()


class _Origin(NamedTuple):
    """Where an entry was written."""

    file: str
    path: Path

    def __str__(self) -> str:
        return f"{self.file}: {spell(self.path)}"


class _Reading:
    """What was read so far: entries, where each comes from, and every mistake."""

    def __init__(self, directory: FilePath) -> None:
        self._directory = directory
        self._documents: dict[str, Document] = {}
        self._entries: dict[str, list[Any]] = {section: [] for section in SECTIONS}
        self._origins: dict[str, list[_Origin]] = {section: [] for section in SECTIONS}
        self._first: dict[tuple[str, str], _Origin] = {}
        self._unread: dict[str, set[str]] = {}
        self._settings: dict[str, Any] = {}
        self._set_in: dict[str, str] = {}
        self._errors: list[ConfigurationError] = []

    @classmethod
    def of(cls, directory: FilePath) -> "_Reading":
        reading = cls(directory)
        files = sorted(f for f in directory.glob("*") if f.suffix in (".yaml", ".yml"))
        if not files:
            reading.add(str(directory), (), "holds no YAML files")
        for file in files:
            reading.read(file)
        return reading

    def read(self, file: FilePath) -> None:
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            return self.add(file.name, (), f"is not written in UTF-8: {error.reason}")
        document = self._documents[file.name] = read_document(text)
        for flaw in document.flaws:
            self.add(file.name, flaw.path, flaw.message, flaw.line)
        if document.data is None:
            return None
        if not isinstance(document.data, dict):
            return self.add(file.name, (), f"must hold sections such as {', '.join(SECTIONS)}")
        for section, entries in document.data.items():
            self._read_section(file.name, section, entries, document)
        return None

    def _read_section(self, file: str, section: str, entries: object, document: Document) -> None:
        if section == _SETTINGS:
            self._read_settings(file, entries, document)
        elif section not in SECTIONS:
            known = [*SECTIONS, _SETTINGS]
            hint = nearest(section, known) or f"; the sections are {', '.join(known)}"
            self.add(file, (section,), f"unknown section{hint}")
        elif not isinstance(entries, list):
            if entries is not None:
                self.add(file, (section,), "must be a list of entries, each begun with a dash")
        else:
            for i, entry in enumerate(entries):
                self._read_entry(_Origin(file, (section, i)), section, entry, document)

    def _read_settings(self, file: str, entries: object, document: Document) -> None:
        """Each setting may stand in one file only."""
        if entries is None:
            return
        if not isinstance(entries, dict):
            self.add(file, (_SETTINGS,), "must hold fields such as `ticket_types: [...]`")
            return
        wrong: set[str] = set()
        try:
            AccountSettings.model_validate(entries)
        except ValidationError as error:
            written = _below((_SETTINGS,), document.written)
            for path, message in explain(
                AccountSettings, entries, error.errors(include_url=False), written
            ):
                wrong.add(str(path[0]))
                self.add(file, (_SETTINGS, *path), message)
        for name in entries.keys() - wrong:
            first = self._set_in.setdefault(name, file)
            if first != file:
                self.add(file, (_SETTINGS, name), f"is set already, in {first}")
            else:
                self._settings[name] = entries[name]

    def _read_entry(self, origin: _Origin, section: str, entry: object, document: Document) -> None:
        if not isinstance(entry, dict):
            if origin.path not in {flaw.path for flaw in document.flaws}:
                self.add(*origin, "must hold fields such as `id: ...`")
            return
        if self._is_taken(origin, section, entry):
            return
        flawed = [flaw.path for flaw in document.flaws if flaw.path[:2] == origin.path]
        model = SECTIONS[section]
        try:
            value = model.model_validate(entry)
        except ValidationError as error:
            written = _below(origin.path, document.written)
            for path, message in explain(model, entry, error.errors(include_url=False), written):
                if (*origin.path, *path) not in flawed:
                    self.add(origin.file, (*origin.path, *path), message)
            self._unread.setdefault(section, set()).update(_words(entry))
            return
        self._entries[section].append(value)
        self._origins[section].append(origin)

    def _is_taken(self, origin: _Origin, section: str, entry: Mapping[str, Any]) -> bool:
        name = entry.get("id")
        if not isinstance(name, str):
            return False
        first = self._first.setdefault((section, name), origin)
        if first is origin:
            return False
        self.add(origin.file, (*origin.path, "id"), f"{name!r} is taken already, in {first}")
        return True

    def check(self, connectors: Mapping[Kind, Validator]) -> None:
        """Add what is wrong with what reads well."""
        for problem in problems(self.configuration(), connectors, self._unread):
            file, path = self._place(problem.path)
            if not self._is_flawed_within(file, path):
                self.add(file, path, problem.message)

    def _is_flawed_within(self, file: str, path: Path) -> bool:
        """Whether something there could not be read, which would explain any problem."""
        document = self._documents.get(file)
        flaws = document.flaws if document else ()
        return any(flaw.path[: len(path)] == path for flaw in flaws)

    def configuration(self) -> Configuration:
        sections = {section: tuple(entries) for section, entries in self._entries.items()}
        settings = AccountSettings.model_validate(self._settings)
        return Configuration(**sections, settings=settings)

    def add(self, file: str, path: Path, message: str, line: int = 0) -> None:
        document = self._documents.get(file)
        line = line or (document.line(path) if document else 0)
        self._errors.append(ConfigurationError(file, line, spell(path), message))

    def refuse_errors(self) -> None:
        """Raises ConfigurationErrors."""
        if self._errors:
            raise ConfigurationErrors(tuple(sorted(self._errors)))

    def _place(self, path: Path) -> tuple[str, Path]:
        """The file, and the path there, of a path through the merged configuration."""
        section = str(path[0])
        if len(path) > 1 and isinstance(path[1], int):
            origin = self._origins[section][path[1]]
            return origin.file, (*origin.path, *path[2:])
        if section == _SETTINGS and len(path) > 1:
            return self._set_in[str(path[1])], path
        for file, document in self._documents.items():
            if isinstance(document.data, dict) and section in document.data:
                return file, path
        return str(self._directory), path


def _below(path: Path, written: Mapping[Path, str]) -> Mapping[Path, str]:
    size = len(path)
    return {at[size:]: text for at, text in written.items() if at[:size] == path}


def _words(entry: Mapping[str, Any]) -> Iterator[str]:
    for field in _WORDS:
        value = entry.get(field)
        yield from (word for word in (value if isinstance(value, list) else [value]) if word)
