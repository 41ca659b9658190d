"""Grantees: whom a person may ask for at all, under whatever flow.

Pure. The directory is asked for people by the groups named here; who is proposed counts only
after `through` agreed."""

from collections.abc import Iterable

from accessflows.model.condition import Condition, Group
from accessflows.model.flow import AccessFlow, Scope
from accessflows.model.person import Person
from accessflows.rules.conditions import holds


def lets_ask(flow: AccessFlow, requester: Person) -> bool:
    """Whether the person may ask under the flow, for somebody."""
    return (
        flow.active
        and not flow.standing
        and requester.active
        and flow.requestors is not None
        and holds(flow.requestors, requester)
    )


def lets_receive(flow: AccessFlow, requester: Person, grantee: Person) -> bool:
    """Whether who may ask under the flow may ask for the grantee: what `eligibility` says,
    without what was seen."""
    wanted = flow.request_for
    if not grantee.active:
        return False
    if requester.id == grantee.id:
        return Scope.SELF in wanted.scopes
    reports = Scope.DIRECT_REPORTS in wanted.scopes and grantee.manager == requester.id
    return reports or (wanted.grantees is not None and holds(wanted.grantees, grantee))


def usable(flows: Iterable[AccessFlow], requester: Person) -> tuple[AccessFlow, ...]:
    """The flows under which this person may ask, for whomever, by name in order."""
    mine = (flow for flow in flows if lets_ask(flow, requester))
    return tuple(sorted(mine, key=lambda flow: (flow.name, flow.id)))


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
    """Of the flows under which the one may ask, those by which they may ask for the other."""
    return tuple(flow for flow in flows if lets_receive(flow, requester, grantee))
