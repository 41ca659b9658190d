"""An entry of the configuration as an admin edits it: YAML, or JSON, and what is wrong with it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from accessflows.actions.plan_change import Plan
from accessflows.model.configuration import MODELS, Entry, Section, spell
from accessflows.model.refusal import BadInput, Refusal
from accessflows.notices.words import TURNING
from accessflows.plain_words import explain
from accessflows.web.problems import STATUS
from accessflows.yaml_files import Document, read_document

# What the editor begins a new entry with.
BEGINNINGS: Mapping[Section, str] = {
    Section.FLOWS: "id: my-flow\nname: My flow\nrequestors:\n  conditions:\n"
    "  - {attribute: group, values: [engineers]}\ntargets:\n- bundle: my-bundle\n"
    "grant_duration: PT1H\napproval:\n  groups:\n  - conditions:\n"
    "    - {attribute: group, values: [leads]}\n",
    Section.BUNDLES: "id: my-bundle\nname: My bundle\ntargets:\n- integration: my-integration\n"
    "  resource_type: s3_bucket\n  permissions: [read]\n",
    Section.ACCESS_SCOPES: "id: my-scope\nname: My scope\n"
    'query: \'resource_tag["env"] = "dev" and permission = "read"\'\n',
    Section.INTEGRATIONS: "id: my-integration\nname: My integration\nkind: aws_iam\n"
    'settings: {account_id: "000000000000", principals: ["user/demo-*"]}\n'
    "principal: {attribute: aws_principal}\n",
    Section.ON_CALL_SCHEDULES: "id: my-schedule\nname: My schedule\ntime_zone: Europe/Berlin\n",
    Section.SPACES: "id: my-space\nname: My space\nowners: [somebody]\nmanagers: []\n",
}


# The last words of paths that forms have fields of.
FIELDS = frozenset(
    {
        *("attribute", "operator", "values", "permissions", "resources"),
        *("presets", "duration", "reviewers", "group"),
    }
)


class Mistake(NamedTuple):
    """What is wrong, where in the entry, and on which line; 0 where no line is to blame."""

    path: str
    line: int
    message: str

    @property
    def words(self) -> str:
        where = [f"Line {self.line}" if self.line else "", self.path]
        said = ", ".join(filter(None, where))
        return f"{said}: {self.message}" if said else self.message

    @property
    def field(self) -> str:
        """The field of a form that it is about, else the part of the form around it."""
        path = re.sub(r"\[\d+\]$", "", self.path)
        is_field = path.rpartition(".")[2] in FIELDS
        return path if is_field else re.split(r"[.\[]", path)[0]


class Reading(NamedTuple):
    """A text, and the entry that it says; none where it says none."""

    document: Document
    entry: Entry | None
    mistakes: tuple[Mistake, ...]

    def mistakes_of(self, refusal: Refusal) -> tuple[Mistake, ...]:
        """What a refusal says of the entry, with the lines of the text."""
        errors: Any = refusal.detail.get("errors") if isinstance(refusal, BadInput) else None
        if not errors:
            return (Mistake("", 0, str(refusal)),)
        lines = {spell(path): line for path, line in self.document.lines.items()}
        return tuple(Mistake(e["field"], _line(lines, e["field"]), e["message"]) for e in errors)


class Finding(NamedTuple):
    """What a check found of a draft. entry: what could be saved; none where something is wrong.

    status: of the answer to who wanted to save it.
    """

    mistakes: tuple[Mistake, ...] = ()
    entry: Entry | None = None
    plan: Plan | None = None
    status: HTTPStatus = HTTPStatus.OK

    @classmethod
    def of(cls, reading: Reading, refusal: Refusal | None = None) -> "Finding":
        if refusal:
            status = STATUS.get(type(refusal), HTTPStatus.BAD_REQUEST)
            return cls(reading.mistakes_of(refusal), status=status)
        if reading.entry is None:
            return cls(reading.mistakes, status=HTTPStatus.BAD_REQUEST)
        return cls(entry=reading.entry)

    def without_lines(self) -> "Finding":
        """For forms, which have none."""
        return self._replace(mistakes=tuple(one._replace(line=0) for one in self.mistakes))


UNCHECKED = Finding()


def beside_fields(mistakes: Sequence[Mistake]) -> Mapping[str, str]:
    """What is wrong by the fields of a form that it may stand beside: one of a list by the list,
    too."""
    found: dict[str, list[str]] = defaultdict(list)
    for mistake in mistakes:
        for field in {mistake.path, re.sub(r"\[\d+\]$", "", mistake.path)}:
            found[field].append(mistake.message)
    return {field: "\n".join(messages) for field, messages in found.items()}


def text_of_entry(entry: Entry) -> str:
    """As a configuration file would say it, without what goes without saying."""
    return text_of(
        entry.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"version"})
    )


def text_of(content: Mapping[str, Any]) -> str:
    """YAML in which characters that turn the writing direction are spelled out."""
    written = yaml.dump(
        dict(content), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=88
    )
    return "".join(f"\\u{ord(each):04X}" if each in TURNING else each for each in written)


class _Dumper(yaml.SafeDumper):
    """Writes text within quotes where it holds what only quotes can spell out."""

    def text(self, data: str) -> yaml.ScalarNode:
        style = '"' if TURNING.intersection(data) else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style)


_Dumper.add_representer(str, _Dumper.text)


def read_entry(section: Section, text: str) -> Reading:
    document = read_document(text)
    flaws = tuple(Mistake(spell(f.path), f.line, f.message) for f in document.flaws)
    if flaws:
        return Reading(document, None, flaws)
    if not isinstance(document.data, dict):
        said = f"write the {section.words} as fields, such as `id: ...` and `name: ...`"
        return Reading(document, None, (Mistake("", 0, said),))
    try:
        return Reading(document, MODELS[section].model_validate(document.data), ())
    except ValidationError as error:
        return Reading(document, None, tuple(_explained(section, document, error)))


def _explained(section: Section, document: Document, error: ValidationError) -> Iterator[Mistake]:
    errors = error.errors(include_url=False)
    told = explain(MODELS[section], document.data, errors, document.written)
    found = [Mistake(spell(path), document.line(path), message) for path, message in told]
    yield from sorted(found, key=lambda mistake: mistake.line)


def _line(lines: Mapping[str, int], field: str) -> int:
    """Of the nearest thing around that is there; 0 for what is not of the text."""
    while field:
        if field in lines:
            return lines[field]
        field = field[: max(field.rfind("."), field.rfind("["), 0)]
    return 0
