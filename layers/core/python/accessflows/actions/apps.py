"""Apps: integrations with a single resource, asked for by the integration's name alone."""

from collections.abc import Iterator
from typing import NamedTuple

from accessflows.actions.browse import open_to
from accessflows.actions.expand import Holding, held
from accessflows.model.integration import Integration
from accessflows.model.person import Person
from accessflows.model.refusal import NotFound
from accessflows.ports import Ports, Snapshot


class App(NamedTuple):
    """An integration with its one resource, and what somebody may ask for of it."""

    integration: Integration
    holding: Holding


def list_apps(
    ports: Ports, person: Person, name: str, *, grantee_id: str | None
) -> tuple[App, ...]:
    """The apps of which flows open something to the person, by name.

    name: part of the integration's, in whatever letter case.
    Raises NotFound for an unknown grantee.
    """
    found = [
        app
        for app in _apps(ports, ports.flows.snapshot(), person, grantee_id)
        if name.casefold() in app.integration.name.casefold()
    ]
    return tuple(sorted(found, key=lambda app: (app.integration.name.casefold(), app[0].id)))


def apps_in(
    ports: Ports,
    counts: Snapshot,
    person: Person,
    names: tuple[str, ...],
    *,
    grantee_id: str | None,
) -> Iterator[App]:
    """The apps with these ids, each with everything of it that the person may ask for.

    Raises NotFound where the person may not know of one.
    """
    known = {app.integration.id: app for app in _apps(ports, counts, person, grantee_id)}
    for name in names:
        if name not in known:
            raise NotFound(f"there is no app {name!r} for you", field="apps")
        yield known[name]


def _apps(ports: Ports, counts: Snapshot, person: Person, grantee_id: str | None) -> Iterator[App]:
    flows = open_to(ports, counts, person, grantee_id)
    targets = tuple(target for flow in flows for target in flow.targets)
    if not targets:
        return
    sole = ports.inventory.sole_resources(counts.catalogue.integrations)
    for integration_id, resource in sole.items():
        holding = held(targets, resource, counts.catalogue)
        if holding.permissions:
            yield App(counts.integrations[integration_id], holding)
