"""Grantees: whom a person may ask for at all, under whatever flow.

Pure. The directory is asked for people by the groups named here; who is proposed counts only
after `through` agreed."""

from collections.abc import Iterable

from accessflows.model.condition import Condition, Group
from accessflows.model.flow import AccessFlow, Scope
from accessflows.model.person import Person
from accessflows.rules.conditions import holds
from accessflows.rules.planning import eligibility


def usable(flows: Iterable[AccessFlow], requester: Person) -> tuple[AccessFlow, ...]:
    """The flows under which this person may ask, for whomever, by name in order."""
    return tuple(
        flow
        for flow in sorted(flows, key=lambda flow: (flow.name, flow.id))
        if flow.active
        and not flow.standing
        and requester.active
        and flow.requestors is not None
        and holds(flow.requestors, requester)
    )


def groups_of(flow: AccessFlow, requester: Person) -> tuple[Group, ...]:
    """The groups of people, besides oneself, among whom the flow's grantees are."""
    groups = []
    if Scope.DIRECT_REPORTS in flow.request_for.scopes:
        reports = Condition(attribute="manager", values=(requester.id,))
        groups.append(Group(conditions=(reports,)))
    if flow.request_for.grantees:
        groups.append(flow.request_for.grantees)
    return tuple(groups)


def through(
    flows: Iterable[AccessFlow], requester: Person, grantee: Person
) -> tuple[AccessFlow, ...]:
    """The flows by which the one may ask for the other."""
    return tuple(flow for flow in flows if eligibility(flow, requester, grantee).why_not is None)
