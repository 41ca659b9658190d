"""Policies and Hypothesis strategies of small configurations, for the rules that compare them."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from accessflows.model.condition import Condition, Group, Junction, Operator
from accessflows.model.configuration import Configuration
from accessflows.model.flow import RequestFor, Scope
from accessflows.model.person import DirectoryGroup, Person
from accessflows.model.target import AccessScope, Bundle, BundleTarget, Resource, ScopeTarget
from accessflows.rules.policy import Policy
from tests.factories import a_flow, a_resource, a_target, an_approval, an_integration

PEOPLE = ("ada", "ben", "cem", "dan")
GROUPS = ("engineers", "leads")
RESOURCES = tuple(
    a_resource(name, tags=tags)
    for name, tags in (("one", {"env": "test"}), ("two", {"env": "live"}), ("three", {}))
)


def a_person(person_id: str, **changes: Any) -> Person:
    emails = (f"{person_id}@example.com",)
    return Person(id=person_id, name=person_id.capitalize(), emails=emails, **changes)


def a_configuration(*flows: Any, members: Any = None, **changes: Any) -> Configuration:
    """Four people; groups by name with their members, ada alone among the engineers by default."""
    groups = {"engineers": ("ada",), "leads": ("ben",), **(members or {})}
    given = {
        "flows": flows or (a_flow(),),
        "integrations": (an_integration(),),
        "people": tuple(a_person(person_id) for person_id in PEOPLE),
        "groups": tuple(
            DirectoryGroup(id=name, name=name.capitalize(), members=ids)
            for name, ids in groups.items()
        ),
    }
    return Configuration.model_validate({**given, **changes})


def policies(
    *configurations: Configuration, inventory: Sequence[Resource] | None = None
) -> tuple[Policy, ...]:
    """One policy each, comparable."""
    order = sorted({person.id for each in configurations for person in each.people})
    return tuple(Policy(each, each.directory(), order, inventory) for each in configurations)


_conditions = st.one_of(
    st.builds(
        Condition,
        attribute=st.just("group"),
        operator=st.sampled_from(Operator),
        values=st.lists(st.sampled_from((*GROUPS, "lea")), min_size=1, max_size=2).map(tuple),
    ),
    st.builds(
        Condition,
        attribute=st.sampled_from(("user", "manager", "city")),
        source=st.sampled_from((None, None, "configuration", "scim")),
        operator=st.sampled_from(Operator),
        values=st.sampled_from((*PEOPLE, "Oslo", "a")).map(lambda value: (value,)),
    ),
)
_groups = st.builds(
    Group,
    operator=st.sampled_from(Junction),
    conditions=st.lists(_conditions, min_size=1, max_size=3).map(tuple),
)


@st.composite
def _request_for(draw: st.DrawFn) -> RequestFor:
    scopes = draw(st.frozensets(st.sampled_from(Scope), min_size=1))
    grantees = draw(_groups) if Scope.OTHERS in scopes else None
    return RequestFor(scopes=scopes, grantees=grantees)


_names = st.lists(st.sampled_from(("one", "two", "four")), min_size=1).map(tuple)
_tags = st.dictionaries(
    st.sampled_from(("env", "team")),
    st.lists(st.sampled_from(("test", "live")), min_size=1).map(tuple),
    min_size=1,
)
_selected = st.one_of(
    st.builds(lambda names: {"names": names}, _names),
    st.builds(lambda tags: {"tags": tags}, _tags),
)
selections = st.one_of(
    st.just("any"), _selected, st.builds(lambda selected: {"except": selected}, _selected)
)
_targets = st.one_of(
    st.builds(
        lambda permissions, resources: a_target(permissions=permissions, resources=resources),
        st.sampled_from((("read",), ("read", "write"))),
        selections,
    ),
    st.just(BundleTarget(bundle="starter")),
    st.just(ScopeTarget(access_scope="found")),
)


@st.composite
def configurations(draw: st.DrawFn) -> Configuration:
    flows = [
        a_flow(
            flow_id,
            active=draw(st.booleans()),
            priority=draw(st.sampled_from((1, 100))),
            requestors=draw(_groups),
            request_for=draw(_request_for()),
            targets=tuple(draw(st.lists(_targets, min_size=1, max_size=2))),
            approval=draw(st.sampled_from((None, an_approval("leads"), an_approval("engineers")))),
        )
        for flow_id in draw(st.lists(st.sampled_from(("x", "y", "z")), unique=True))
    ]
    people = tuple(
        a_person(
            person_id,
            active=draw(st.booleans()),
            manager=draw(st.sampled_from((None, *PEOPLE))),
            attributes=draw(st.sampled_from(({}, {"city": ("Oslo",)}, {"city": ()}))),
            by_source=draw(st.sampled_from(({}, {"scim": {"city": ("Oslo", "Rome")}}))),
        )
        for person_id in PEOPLE
    )
    members = st.lists(st.sampled_from(PEOPLE), unique=True).map(tuple)
    read = draw(st.sampled_from(("test", "live")))
    return a_configuration(
        flows=flows,
        people=people,
        members={name: draw(members) for name in GROUPS},
        bundles=(
            Bundle(id="starter", name="Starter", targets=(a_target(permissions=("admin",)),)),
        ),
        access_scopes=(
            AccessScope(id="found", name="Found", query=f'resource_tag["env"] = "{read}"'),
        ),
    )
