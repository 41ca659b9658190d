"""What belongs to a space, and what its flows may open."""

from typing import Any

import pytest

from accessflows.cli.validators import VALIDATORS
from accessflows.model.account import AccountSettings
from accessflows.model.configuration import Configuration, spell
from accessflows.model.flow import AccessFlow
from accessflows.model.person import DirectoryGroup, Role
from accessflows.model.space import Space, SpaceRole
from accessflows.rules.validation import problems
from tests.factories import a_bundle, a_flow, a_person, a_scope, a_target, an_integration

SHOP = Space(id="shop", name="Shop", owners=("olga",), managers=("max",))
BANK = Space(id="bank", name="Bank", owners=("olga",))
FROM_BUNDLE = ({"bundle": "starter"},)
FROM_SCOPE = ({"access_scope": "found"},)


def a_configuration(**parts: Any) -> Configuration:
    return Configuration.model_validate(
        {
            "integrations": (an_integration(),),
            "people": (a_person("ada", roles=(Role.ADMIN,)), *map(a_person, ("olga", "max"))),
            "groups": (DirectoryGroup(id="engineers", name="Engineers", members=("olga",)),),
            "spaces": (SHOP, BANK),
            "settings": AccountSettings(spaces=True),
            **parts,
        }
    )


def wrong(configuration: Configuration) -> list[tuple[str, str]]:
    return [(spell(p.path), p.message) for p in problems(configuration, VALIDATORS)]


def in_space(space: str | None = "shop", **changes: Any) -> AccessFlow:
    return a_flow(version=0, space=space, **{"targets": FROM_BUNDLE, **changes})


def bundle(space: str | None, **changes: Any) -> Any:
    return a_bundle(*changes.pop("targets", (a_target(),)), space=space, **changes)


def scope(space: str | None) -> Any:
    return a_scope('permission = "read"').but(space=space)


@pytest.mark.req("R122.space", "R123")
def test_a_spaces_flow_opens_bundles_and_access_scopes_of_that_space() -> None:
    for targets in (FROM_BUNDLE, FROM_SCOPE, FROM_BUNDLE + FROM_SCOPE):
        there = a_configuration(
            flows=(in_space(targets=targets),),
            bundles=(bundle("shop"),),
            access_scopes=(scope("shop"),),
        )
        assert wrong(there) == []


@pytest.mark.req("R123")
def test_a_spaces_flow_opens_no_integration() -> None:
    ((path, message),) = wrong(a_configuration(flows=(in_space(targets=(a_target(),)),)))
    assert path == "flows[0].targets[0]"
    assert message == (
        "a flow of space 'shop' opens bundles and access scopes of that space only: put this into "
        "a bundle of it"
    )


@pytest.mark.req("R123")
@pytest.mark.parametrize(("its", "words"), [(None, "the whole account"), ("bank", "space 'bank'")])
@pytest.mark.parametrize("targets", [FROM_BUNDLE, FROM_SCOPE])
def test_a_spaces_flow_opens_nothing_from_elsewhere(
    its: str | None, words: str, targets: Any
) -> None:
    there = a_configuration(
        flows=(in_space(targets=targets),), bundles=(bundle(its),), access_scopes=(scope(its),)
    )
    ((path, message),) = wrong(there)
    assert path.startswith("flows[0].targets[0].")
    assert message.endswith(f"belongs to {words}, not to space 'shop'")


@pytest.mark.req("R123")
def test_a_spaces_bundle_does_not_bring_in_an_access_scope_from_elsewhere() -> None:
    for its, fits in (("shop", True), ("bank", False), (None, False)):
        there = a_configuration(
            bundles=(bundle("shop", targets=FROM_SCOPE),), access_scopes=(scope(its),)
        )
        found = [path for path, _ in wrong(there)]
        assert found == ([] if fits else ["bundles[0].targets[0].access_scope"])


def test_what_belongs_to_the_account_may_open_what_belongs_to_a_space() -> None:
    flow = in_space(None, targets=(a_target(), *FROM_BUNDLE))
    assert wrong(a_configuration(flows=(flow,), bundles=(bundle("shop"),))) == []


@pytest.mark.req("R3.unique", "R122.space")
def test_names_are_taken_within_a_space_only() -> None:
    flows = [in_space("shop"), in_space("bank", id="other", targets=({"bundle": "two"},))]
    bundles = [bundle("shop"), bundle("bank", bundle_id="two", name="Starter")]
    assert wrong(a_configuration(flows=tuple(flows), bundles=tuple(bundles))) == []
    twice = a_configuration(
        flows=(flows[0], flows[0].but(id="other")),
        bundles=(bundles[0], bundles[0].but(id="two")),
        access_scopes=(scope("shop"), scope("shop").but(id="two")),
        spaces=(SHOP, BANK, SHOP.but(id="two")),
    )
    assert {path for path, message in wrong(twice) if "is taken already" in message} == {
        "flows[1].name",
        "bundles[1].name",
        "access_scopes[1].name",
        "spaces[2].name",
    }


@pytest.mark.req("R122.default")
def test_spaces_are_off_unless_the_account_turns_them_on() -> None:
    assert AccountSettings().spaces is False
    there = a_configuration(
        flows=(in_space(),),
        bundles=(bundle("shop"),),
        access_scopes=(scope("shop"),),
        spaces=(SHOP,),
        settings=AccountSettings(),
    )
    found = wrong(there)
    assert [path for path, _ in found] == [
        "spaces[0]",
        "flows[0].space",
        "bundles[0].space",
        "access_scopes[0].space",
    ]
    assert all("spaces are off: write `spaces: true`" in message for _, message in found)


def test_a_space_that_is_not_there_and_people_who_are_not_are_named() -> None:
    there = a_configuration(
        bundles=(bundle("shpo"),), spaces=(SHOP.but(owners=("nobody",), managers=("olag",)),)
    )
    assert wrong(there) == [
        ("bundles[0].space", "there is no space 'shpo'; did you mean shop?"),
        ("spaces[0].owners[0]", "there is no person 'nobody'"),
        ("spaces[0].managers[0]", "there is no person 'olag'; did you mean olga?"),
    ]


@pytest.mark.req("R122.roles")
def test_who_owns_a_space_and_manages_it_too_is_its_owner() -> None:
    both = SHOP.but(managers=("olga", "max"))
    assert [both.role_of(name) for name in ("olga", "max", "ada")] == [
        SpaceRole.OWNER,
        SpaceRole.MANAGER,
        None,
    ]
