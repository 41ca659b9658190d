"""Checks of people and groups: there are some, and what is said of each fits. Pure."""

from collections.abc import Iterator, Mapping

from accessflows.model.condition import WITHOUT_VALUES
from accessflows.model.configuration import Configuration, Path, Problem
from accessflows.model.integration import Kind
from accessflows.model.person import KNOWN_ATTRIBUTES, Person, Role
from accessflows.model.service import SERVICE_PREFIX, is_service
from accessflows.rules.two_person import has_second_admin
from accessflows.rules.validation.known import Known, Validator, nearest

# The rest of a key of 1,024 bytes holds the attribute's name and the person's id.
MOST_VALUE_BYTES = 700


MOST_ATTRIBUTE_BYTES = 128


def check_complete(
    configuration: Configuration, _: Mapping[Kind, Validator], known: Known
) -> Iterator[Problem]:
    """What no configuration can do without."""
    if not configuration.integrations and not known.unread.get("integrations"):
        yield Problem(("integrations",), "is missing: a flow needs an integration to open")
    if known.unread.get("people"):
        return
    if not configuration.people:
        yield Problem(("people",), "is missing: a flow needs people who may ask")
    elif not any(p.active and Role.ADMIN in p.roles for p in configuration.people):
        yield Problem(("people",), "holds no active admin: give someone `roles: [admin, grantee]`")
    elif configuration.settings.two_person_changes and not has_second_admin(configuration.people):
        yield Problem(
            ("settings", "two_person_changes"),
            "needs a second active admin, who could agree: give somebody else "
            "`roles: [admin, grantee]`",
        )


def check_people(
    configuration: Configuration, _: Mapping[Kind, Validator], known: Known
) -> Iterator[Problem]:
    """People's managers, addresses and attributes; members of groups."""
    for i, person in enumerate(configuration.people):
        path: Path = ("people", i)
        if person.manager == person.id:
            yield Problem((*path, "manager"), "nobody is their own manager")
        elif person.manager and person.manager not in known.person_ids:
            yield Problem((*path, "manager"), _no_person(person.manager, known))
        if person.is_external:
            said = "external is whoever comes by an access link; people of the files sign in"
            yield Problem((*path, "roles"), said)
        if is_service(person.id):
            said = f"{SERVICE_PREFIX}... is how services are called; choose another id"
            yield Problem((*path, "id"), said)
        if not person.emails:
            yield Problem((*path, "emails"), "needs one address at least")
        yield from _attributes(path, person)
    for i, group in enumerate(configuration.groups):
        for k, member in enumerate(group.members):
            if member not in known.person_ids:
                yield Problem(("groups", i, "members", k), _no_person(member, known))


def _attributes(path: Path, person: Person) -> Iterator[Problem]:
    for name, values in person.attributes.items():
        at = (*path, "attributes", name)
        if name in KNOWN_ATTRIBUTES | WITHOUT_VALUES:
            yield Problem(at, f"{name} is worked out by the product: choose another name")
        elif ":" in name or "#" in name or _size(name) > MOST_ATTRIBUTE_BYTES:
            yield Problem(at, "a name of an attribute holds no `:` or `#` and is short")
        if any(_size(value) > MOST_VALUE_BYTES for value in values):
            yield Problem(at, f"a value may take {MOST_VALUE_BYTES} bytes at most")


def _no_person(person_id: str, known: Known) -> str:
    return f"there is no person {person_id!r}" + nearest(person_id, known.person_ids)


def _size(text: str) -> int:
    return len(text.casefold().encode())
