"""People: one person out of what several identity sources say of them.

Pure. Whoever any source calls inactive is inactive, so that leaving at one place is leaving.
Otherwise the sources add to each other; for what a person has one of (a name, the address that
receives mail, the manager who is asked) the files come first, then the sources by id."""

from collections.abc import Mapping

from accessflows.model.person import (
    CONFIGURATION,
    OUTSIDER,
    Attributes,
    Email,
    Membership,
    NamedGroup,
    Person,
    PersonRecord,
    Profile,
)
from accessflows.model.roll import Roll


def merged(
    record: PersonRecord,
    groups: Mapping[str, NamedGroup],
    addresses: Mapping[str, tuple[Email, ...]],
    on_call: Roll,
) -> Person:
    """The person that a record describes.

    groups: those the record names, by id; what is missing does not exist any more.
    addresses: of the managers the record names, by id.
    Whoever has no address could not be told anything and is inactive.
    """
    profiles = in_order(record)
    first_source, first = next(iter(profiles.items()))
    manager = next((p.manager for p in profiles.values() if p.manager), None)
    return Person(
        id=record.id,
        name=first.name,
        emails=addresses_of(record),
        active=is_active(record),
        roles=record.roles,
        manager=manager,
        manager_emails=addresses.get(manager, ()) if manager else (),
        groups=tuple(
            Membership(id=groups[name].id, name=groups[name].name)
            for name in sorted(record.groups & groups.keys())
        ),
        attributes=_union(profiles),
        source=first_source,
        by_source={
            source: _held(record.id, profile, groups, addresses)
            for source, profile in profiles.items()
        },
        on_call=on_call,
    )


def is_active(record: PersonRecord) -> bool:
    """Whether the record describes somebody who may use the product."""
    if record.deactivated or not addresses_of(record):
        return False
    return all(profile.active for profile in record.profiles.values())


def in_order(record: PersonRecord) -> Mapping[str, Profile]:
    """The profiles, the one that comes first for what a person has one of at the front."""
    named = sorted(record.profiles, key=lambda source: (source != CONFIGURATION, source))
    return {source: record.profiles[source] for source in named}


def addresses_of(record: PersonRecord) -> tuple[Email, ...]:
    """Every address, the one that receives mail first."""
    emails = (email for profile in in_order(record).values() for email in profile.emails)
    return tuple(dict.fromkeys(emails))


def vouched(record: PersonRecord, email: str) -> bool:
    """Whether a source says now that this is their address.

    An access link is none: whoever proved an address there stays an outsider, and whom a source
    brings by that address is somebody else, who may sign in.
    """
    folded = email.casefold()
    return any(
        folded in map(str.casefold, profile.emails)
        for source, profile in record.profiles.items()
        if profile.active and source != OUTSIDER
    )


def without(record: PersonRecord, source: str) -> PersonRecord:
    """The record once a source no longer names the person.

    Those whom another source holds keep what that one says; the last source's word stays, for the
    record, as somebody who left.
    """
    others = {name: profile for name, profile in record.profiles.items() if name != source}
    if not others:
        others = {source: record.profiles[source].but(active=False)}
    return record.but(profiles=others)


def _union(profiles: Mapping[str, Profile]) -> Attributes:
    held: Attributes = {}
    for profile in profiles.values():
        for name, values in profile.attributes.items():
            held[name] = tuple(dict.fromkeys((*held.get(name, ()), *values)))
    return held


def _held(
    person_id: str,
    profile: Profile,
    groups: Mapping[str, NamedGroup],
    addresses: Mapping[str, tuple[Email, ...]],
) -> Attributes:
    there = (groups[name] for name in profile.groups if name in groups)
    manager = profile.manager
    return {
        **profile.attributes,
        "user": (person_id, *profile.emails),
        "group": tuple(word for group in there for word in (group.id, group.name)),
        "manager": (manager, *addresses.get(manager, ())) if manager else (),
    }
