"""A synthesized stack, read as data: what its roles may do, what its resources are."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

Properties = dict[str, Any]


class Statement(NamedTuple):
    """One statement of a role's policy. resources: with `Logical.Attribute` for references."""

    effect: str
    actions: frozenset[str]
    resources: frozenset[str]
    conditions: dict[str, Any]


class Template:
    """folder: a cloud assembly."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._all = json.loads((folder / "AccessFlows.template.json").read_text())

    def of_type(self, kind: str) -> dict[str, Properties]:
        """Properties by logical id."""
        return {
            logical_id: resource.get("Properties", {})
            for logical_id, resource in self._all["Resources"].items()
            if resource["Type"] == kind
        }

    def resource(self, logical_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self._all["Resources"][logical_id]
        return found

    @property
    def size(self) -> int:
        """How many resources it has."""
        return len(self._all["Resources"])

    @property
    def waits(self) -> dict[str, set[str]]:
        """For which other resources each one waits when the stack is made."""
        every = self._all["Resources"]
        return {
            logical_id: {name for name in _named(resource) if name in every}
            for logical_id, resource in every.items()
        }

    @property
    def outputs(self) -> set[str]:
        return set(self._all["Outputs"])

    def output(self, name: str) -> Any:
        return self._all["Outputs"][name]["Value"]

    @property
    def findings(self) -> list[str]:
        """What cdk-nag and CDK's own validation say against the template."""
        reports = json.loads((self.folder / "validation-report.json").read_text())["pluginReports"]
        return [
            f"{report['pluginName']}: {violation['ruleName']}"
            for report in reports
            for violation in report["violations"]
        ]

    @property
    def reasons(self) -> dict[str, str]:
        """Why a finding is accepted, by construct and rule."""
        metadata = json.loads((self.folder / "AccessFlows.metadata.json").read_text())
        return {
            f"{path} {rule}": reason
            for path, entries in metadata.items()
            for entry in entries
            if entry["type"] == "aws:cdk:acknowledged-rules"
            for rule, reason in entry["data"].items()
        }

    @property
    def functions(self) -> dict[str, Properties]:
        """Our functions' properties, by name without the prefix."""
        return {
            properties["FunctionName"].removeprefix("accessflows-"): properties
            for properties in self.of_type("AWS::Lambda::Function").values()
            if properties.get("Runtime", "").startswith("python")
        }

    @property
    def roles(self) -> dict[str, list[Statement]]:
        """What every role may do, by its fixed name without the prefix, or its logical id."""
        return {
            _role_name(logical_id, role): list(self._statements(logical_id, role))
            for logical_id, role in self.of_type("AWS::IAM::Role").items()
        }

    def who_may(self, *starts: str) -> set[str]:
        """The roles with an action that starts with one of these."""
        return {
            role
            for role, statements in self.roles.items()
            for statement in statements
            if statement.effect == "Allow"
            and any(action.startswith(starts) for action in statement.actions)
        }

    def actions_on(self, role: str, resource: str) -> set[str]:
        """What a role may do at resources whose name starts so."""
        return {
            action
            for statement in self.roles[role]
            for action in statement.actions
            if any(name.startswith(resource) for name in statement.resources)
        }

    def _statements(self, logical_id: str, role: Properties) -> Iterator[Statement]:
        for policy in role.get("Policies", []):
            yield from map(_statement, policy["PolicyDocument"]["Statement"])
        for policy in self.of_type("AWS::IAM::Policy").values():
            if {"Ref": logical_id} in policy["Roles"]:
                yield from map(_statement, policy["PolicyDocument"]["Statement"])


def spell(value: Any) -> str:
    """A template's value as one text: `Logical.Attribute`, `<AWS::Partition>`, parts joined."""
    match value:
        case {"Ref": name}:
            return f"<{name}>" if name.startswith("AWS::") else str(name)
        case {"Fn::GetAtt": [name, attribute]}:
            return f"{name}.{attribute}"
        case {"Fn::Join": [between, parts]}:
            return str(between).join(map(spell, parts))
        case {"Fn::Sub": text}:
            return str(text).replace("${", "<").replace("}", ">")
        case _:
            return str(value)


def _named(value: Any) -> Iterator[str]:
    """Logical ids that a part of a template refers to, and names that are none."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from re.findall(r"\$\{(\w+)", text)
        case dict():
            yield from _several(value.get("DependsOn", []))
            for part in value.values():
                yield from _named(part)
        case list():
            for part in value:
                yield from _named(part)


def _role_name(logical_id: str, role: Properties) -> str:
    return str(role.get("RoleName", logical_id)).removeprefix("accessflows-")


def _statement(given: dict[str, Any]) -> Statement:
    return Statement(
        effect=given["Effect"],
        actions=frozenset(_several(given["Action"])),
        resources=frozenset(map(spell, _several(given["Resource"]))),
        conditions=given.get("Condition", {}),
    )


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
