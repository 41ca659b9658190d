"""Configuration files: what is written well is read, and every mistake is said in plain words."""

from datetime import timedelta
from pathlib import Path

import pytest

from accessflows.cli.validators import VALIDATORS
from accessflows.configuration import ConfigurationErrors, check, load
from accessflows.model.flow import Trigger
from accessflows.model.person import Membership
from accessflows.rules.not_yet import NOT_YET
from tests.doubles.organisation import FLOWS, INTEGRATIONS, PEOPLE, spoiled, written

SAMPLE = Path(__file__).parents[2] / "cdk" / "config"


def refused(folder: Path) -> list[str]:
    with pytest.raises(ConfigurationErrors) as caught:
        check(folder, VALIDATORS)
    return [str(error) for error in caught.value.errors]


@pytest.mark.req("R11.files")
def test_the_files_of_a_directory_are_one_configuration(tmp_path: Path) -> None:
    configuration = check(written(tmp_path), VALIDATORS)
    assert [flow.id for flow in configuration.flows] == ["buckets"]
    assert [integration.id for integration in configuration.integrations] == ["aws-demo"]
    anna, rita = configuration.directory()
    assert rita.groups == (Membership(id="engineers", name="Engineers"),)
    assert rita.manager_emails == anna.emails


@pytest.mark.req("R26", "R4.self_serve", "R40.default", "R68.default")
def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    (flow,) = load(written(tmp_path)).flows
    assert flow.trigger is Trigger.SELF_SERVE
    assert flow.grant_duration == timedelta(hours=1)
    assert flow.approval
    assert (flow.approval.mode, flow.approval.timeout) == ("any_of", timedelta(hours=24))
    assert not flow.settings.requester_cannot_approve_self
    without = spoiled(tmp_path, "flows", "        resources: any\n", "")
    assert load(without).flows[0].targets == flow.targets


@pytest.mark.req("R11.files", "R2.validate")
def test_the_configuration_that_comes_with_the_product_is_in_order() -> None:
    configuration = check(SAMPLE, VALIDATORS)
    assert len(configuration.flows) == 4


HOURS = "    timeframe: {days: [monday], from: %s, to: %s, time_zone: %s}\n"


@pytest.mark.req("R14")
def test_a_time_window_is_read(tmp_path: Path) -> None:
    text = FLOWS + HOURS % ("'09:00'", "'17:00'", "Europe/Berlin")
    (flow,) = check(written(tmp_path, flows=text), VALIDATORS).flows
    assert flow.timeframe
    assert (flow.timeframe.from_, flow.timeframe.to) == ("09:00", "17:00")
    assert set(flow.timeframe.days) == {"monday"}


@pytest.mark.parametrize(
    ("start", "zone", "words"),
    [
        ("'24:00'", "UTC", "timeframe.from: '24:00' is not a time such as 09:30"),
        ("10:00", "UTC", "YAML reads 10:00 as the number 600: write it in quotes"),
        ("'09:00'", "Europe/Atlantis", "no IANA time zone"),
    ],
)
def test_a_time_window_that_is_none_is_refused(tmp_path: Path, start, zone, words) -> None:
    text = FLOWS + HOURS % (start, "'17:00'", zone)
    (error,) = refused(written(tmp_path, flows=text))
    assert words in error


def test_account_settings_stand_in_any_file_and_each_in_one_only(tmp_path: Path) -> None:
    settings = (
        "settings:\n  ticket_types:\n    - {id: jira, name: Jira, url: 'https://x.example/{id}'}\n"
    )
    configuration = check(written(tmp_path, account=settings), VALIDATORS)
    assert [kind.id for kind in configuration.settings.ticket_types] == ["jira"]
    (error,) = refused(written(tmp_path, more=settings))
    assert error.startswith("more.yaml: settings.ticket_types: is set already, in account.yaml")


def test_labels_presets_descriptions_and_tickets_are_read(tmp_path: Path) -> None:
    text = FLOWS.replace(
        "require_justification: true",
        "labels: [finance]\n      ticket: {type: jira, pattern: 'OPS-[0-9]+'}",
    )
    text += "    duration_presets: [PT15M]\n    description: For the month's end.\n"
    text += "settings:\n  ticket_types: [{id: jira, name: Jira, url: 'https://x.example/{id}'}]\n"
    (flow,) = check(written(tmp_path, flows=text), VALIDATORS).flows
    assert flow.settings.labels == ("finance",)
    assert flow.duration_presets == (timedelta(minutes=15),)
    assert flow.description == "For the month's end."


def test_indefinite_access_has_to_be_written(tmp_path: Path) -> None:
    text = FLOWS + "    grant_duration: indefinite\n"
    assert load(written(tmp_path, flows=text)).flows[0].grant_duration == "indefinite"


# file, what stands there, what is written instead, what is said
MISTAKES = {
    "an unknown field": (
        "flows",
        "require_justification: true",
        "require_justificatoin: true",
        "flows.yaml: flows[0].settings.require_justificatoin: unknown field; did you mean "
        "require_justification? (line 17)",
    ),
    "an unknown field of a target": (
        "flows",
        "resources: any",
        "resource: any",
        "flows.yaml: flows[0].targets[0].resource: unknown field; did you mean resources? "
        "(line 11)",
    ),
    "a missing field": (
        "flows",
        "        permissions: [read]\n",
        "",
        "flows.yaml: flows[0].targets[0].permissions: is missing (line 8)",
    ),
    "a name with an umlaut": (
        "flows",
        "name: Buckets",
        "name: Kübel",
        "flows.yaml: flows[0].name: 'Kübel' is not 1 to 64 letters, digits, spaces, `-` and `_`, "
        "starting with a letter or digit (line 3)",
    ),
    "a word that YAML reads as no": (
        "flows",
        "name: Buckets",
        "name: no",
        "flows.yaml: flows[0].name: must be text, not no (which YAML reads as false): write it in "
        "quotes (line 3)",
    ),
    "nothing where text belongs": (
        "flows",
        "name: Buckets",
        "name:",
        "flows.yaml: flows[0].name: must be text, not nothing (line 3)",
    ),
    "a number where text belongs": (
        "flows",
        "values: [engineers]",
        "values: [7]",
        "flows.yaml: flows[0].requestors.conditions[0].values[0]: must be text, not 7: write it "
        "in quotes (line 6)",
    ),
    "text where a switch belongs": (
        "flows",
        "require_justification: true",
        'require_justification: "yes"',
        "flows.yaml: flows[0].settings.require_justification: must be true or false, not 'yes' "
        "(line 17)",
    ),
    "text where a list belongs": (
        "flows",
        "permissions: [read]",
        "permissions: read",
        "flows.yaml: flows[0].targets[0].permissions: must be a list such as [a, b], not 'read' "
        "(line 10)",
    ),
    "an empty list": (
        "flows",
        "permissions: [read]",
        "permissions: []",
        "flows.yaml: flows[0].targets[0].permissions: needs 1 or more (line 10)",
    ),
    "an unknown operator": (
        "flows",
        "{attribute: group, values",
        "{attribute: group, operator: equals, values",
        "flows.yaml: flows[0].requestors.conditions[0].operator: must be is, is_not, contains, "
        "does_not_contain or starts_with, not 'equals' (line 6)",
    ),
    "an unknown selection": (
        "flows",
        "resources: any",
        "resources: {name: [x]}",
        "flows.yaml: flows[0].targets[0].resources: write `any`, {names: [...]}, {tags: {key: "
        "[values]}} or {except: {names: [...]}} (line 11)",
    ),
    "a selection within except": (
        "flows",
        "resources: any",
        "resources: {except: {tags: {env: production}}}",
        "flows.yaml: flows[0].targets[0].resources.except.tags.env: must be a list such as [a, b], "
        "not 'production' (line 11)",
    ),
    "a duration in words": (
        "flows",
        "name: Buckets",
        "name: Buckets\n    grant_duration: 1h",
        "flows.yaml: flows[0].grant_duration: '1h' is not an ISO 8601 duration such as PT1H, PT30M "
        "or P7D, or write indefinite (line 4)",
    ),
    "more than a year": (
        "flows",
        "name: Buckets",
        "name: Buckets\n    grant_duration: P366D",
        "flows.yaml: flows[0].grant_duration: P366D is not between 1 second and 365 days, or "
        "write indefinite (line 4)",
    ),
    "a time that YAML counts in sixties": (
        "flows",
        "name: Buckets",
        "name: Buckets\n    grant_duration: 12:00",
        "flows.yaml: flows[0].grant_duration: YAML reads 12:00 as the number 720: write it in "
        "quotes (line 4)",
    ),
    "digits that YAML counts in eights": (
        "integrations",
        '"000000000000"',
        "000000000010",
        "integrations.yaml: integrations[0].settings.account_id: YAML reads 000000000010 as the "
        "number 8: write it in quotes (line 6)",
    ),
    "a date": (
        "people",
        "name: Rita",
        "name: 2026-01-01",
        "people.yaml: people[0].name: YAML reads 2026-01-01 as a date: write it in quotes (line 3)",
    ),
    "a key that is no text": (
        "people",
        "attributes: {aws_principal",
        "attributes: {on: [x], aws_principal",
        "people.yaml: people[0].attributes: the key on is no text: quote it (line 6)",
    ),
    "a key written twice": (
        "flows",
        "name: Buckets",
        "name: Buckets\n    name: Pails",
        "flows.yaml: flows[0].name: is written twice, first on line 3 (line 4)",
    ),
    "a tag that would run code": (
        "people",
        "name: Rita",
        "name: !!python/object/apply:os.getcwd []",
        "people.yaml: people[0].name: the tag tag:yaml.org,2002:python/object/apply:os.getcwd is "
        "not allowed (line 3)",
    ),
    "a merge key": (
        "people",
        "attributes: {aws_principal: [user/demo-rita]}",
        "attributes: {<<: {}, aws_principal: [user/demo-rita]}",
        "people.yaml: people[0].attributes: merging by << is not allowed: write the fields out "
        "(line 6)",
    ),
    "no YAML": (
        "flows",
        "values: [engineers]",
        "values: [engineers",
        "flows.yaml: is no YAML: expected ',' or ']', but got '}' (line 6)",
    ),
    "an unknown section": (
        "people",
        "groups:\n",
        "group:\n",
        "people.yaml: group: unknown section; did you mean groups? (line 11)",
    ),
    "an address that is none": (
        "people",
        "emails: [rita@example.com]",
        "emails: [rita]",
        "people.yaml: people[0].emails[0]: 'rita' is not an address such as anna@example.com "
        "(line 4)",
    ),
    "a reserved id": (
        "flows",
        "id: buckets",
        "id: fallback",
        "flows.yaml: flows[0].id: 'fallback' is the id of the built-in fallback flow (line 2)",
    ),
    "escalation without approval": (
        "flows",
        """\
    approval:
      groups:
        - conditions:
            - {attribute: user, values: [anna@example.com]}
""",
        "    escalation: {tiers: [{conditions: [{attribute: user, values: [anna]}]}]}\n",
        "flows.yaml: flows[0]: `escalation` needs `approval` (line 2)",
    ),
    "a setting of a connector": (
        "integrations",
        "principals:",
        "principal:",
        "integrations.yaml: integrations[0].settings: unknown setting 'principal'; did you mean "
        "principals? (there are account_id, principals) (line 5)",
    ),
    "an unknown integration": (
        "flows",
        "integration: aws-demo",
        "integration: aws-demmo",
        "flows.yaml: flows[0].targets[0].integration: there is no integration 'aws-demmo'; did you "
        "mean aws-demo? (line 8)",
    ),
    "an unknown type of resource": (
        "flows",
        "resource_type: s3_bucket",
        "resource_type: s3_bukket",
        "flows.yaml: flows[0].targets[0].resource_type: 's3_bukket' is none of s3_bucket, "
        "dynamodb_table, secret; did you mean s3_bucket? (line 9)",
    ),
    "an unknown permission": (
        "flows",
        "permissions: [read]",
        "permissions: [raed]",
        "flows.yaml: flows[0].targets[0].permissions[0]: 'raed' is none of read, write, admin; did "
        "you mean read? (line 10)",
    ),
    "an unknown group": (
        "flows",
        "values: [engineers]",
        "values: [enginers]",
        "flows.yaml: flows[0].requestors.conditions[0].values[0]: there is no group 'enginers'; "
        "did you mean engineers? (line 6)",
    ),
    "an unknown person": (
        "flows",
        "values: [anna@example.com]",
        "values: [ana@example.com]",
        "flows.yaml: flows[0].approval.groups[0].conditions[0].values[0]: there is no person "
        "'ana@example.com'; did you mean anna@example.com? (line 15)",
    ),
    "an unknown identity source": (
        "flows",
        "{attribute: group, values: [engineers]}",
        "{attribute: group, values: [engineers], source: configuratoin}",
        "flows.yaml: flows[0].requestors.conditions[0].source: there is no identity source "
        "'configuratoin'; did you mean configuration? (line 6)",
    ),
    "an identity source called like the files": (
        "people",
        "groups:\n",
        "settings: {identity_sources: [{id: configuration, name: X, kind: scim}]}\ngroups:\n",
        "people.yaml: settings.identity_sources[0].id: 'configuration' is taken already, by the "
        "files (line 11)",
    ),
    "a misspelt identity source": (
        "people",
        "groups:\n",
        "settings: {identity_sources: [{id: okta, name: Okta, kind: skim}]}\ngroups:\n",
        "people.yaml: settings.identity_sources[0].kind: must be scim or identity_center, not "
        "'skim' (line 11)",
    ),
    "somebody without an address": (
        "people",
        "emails: [rita@example.com]",
        "emails: []",
        "people.yaml: people[0].emails: needs one address at least (line 4)",
    ),
    "a source written with a person": (
        "people",
        "manager: anna",
        "manager: anna\n    source: okta",
        "people.yaml: people[0].source: is `configuration` for whoever stands here: leave it out "
        "(line 6)",
    ),
    "an unknown member": (
        "people",
        "members: [rita]",
        "members: [rieta]",
        "people.yaml: groups[0].members[0]: there is no person 'rieta'; did you mean rita? "
        "(line 14)",
    ),
    "an unknown manager": (
        "people",
        "manager: anna",
        "manager: hanna",
        "people.yaml: people[0].manager: there is no person 'hanna'; did you mean anna? (line 5)",
    ),
    "nobody who is an admin": (
        "people",
        "roles: [admin, grantee]",
        "roles: [grantee]",
        "people.yaml: people: holds no active admin: give someone `roles: [admin, grantee]` "
        "(line 1)",
    ),
    "an address of two people": (
        "people",
        "emails: [anna@example.com]",
        "emails: [anna@example.com, RITA@example.com]",
        "people.yaml: people[1].emails[1]: 'RITA@example.com' is taken already, by person rita "
        "(line 9)",
    ),
    "groups written with a person": (
        "people",
        "manager: anna",
        "manager: anna\n    groups: [{id: engineers, name: Engineers}]",
        "people.yaml: people[0].groups: follows from the members of `groups`: leave it out "
        "(line 6)",
    ),
    "a type of ticket that is not defined": (
        "flows",
        "require_justification: true",
        "ticket: {type: jirra, pattern: 'OPS-[0-9]+'}\nsettings: {ticket_types: [{id: jira, "
        "name: Jira, url: 'https://x.example/{id}'}]}",
        "flows.yaml: flows[0].settings.ticket.type: there is no type of ticket 'jirra' under "
        "settings.ticket_types; did you mean jira? (line 17)",
    ),
    "a type of ticket defined twice": (
        "people",
        "groups:\n",
        "settings:\n  ticket_types:\n    - {id: jira, name: Jira, url: 'https://x.example/{id}'}"
        "\n    - {id: jira, name: Jay, url: 'https://y.example/{id}'}\ngroups:\n",
        "people.yaml: settings.ticket_types[1].id: 'jira' is taken already, by ticket type jira "
        "(line 14)",
    ),
    "account settings that are a list": (
        "people",
        "groups:\n",
        "settings: [ticket_types]\ngroups:\n",
        "people.yaml: settings: must hold fields such as `ticket_types: [...]` (line 11)",
    ),
    "an account setting that does not exist": (
        "people",
        "groups:\n",
        "settings: {ticket_type: []}\ngroups:\n",
        "people.yaml: settings.ticket_type: unknown field; did you mean ticket_types? (line 11)",
    ),
    "a preset that is longer than what is granted": (
        "flows",
        "name: Buckets",
        "name: Buckets\n    grant_duration: PT1H\n    duration_presets: [PT15M, PT2H]",
        "flows.yaml: flows[0].duration_presets[1]: is longer than what the flow grants, PT1H "
        "(line 5)",
    ),
    "a generated description in a file": (
        "flows",
        "name: Buckets",
        "name: Buckets\n    description_generated: x",
        "flows.yaml: flows[0].description_generated: is written by the product: leave it out "
        "(line 4)",
    ),
    "grantees who are only excluded": (
        "flows",
        "name: Buckets",
        "name: Buckets\n    request_for: {scopes: [self, others], grantees: {conditions: "
        "[{attribute: user, operator: is_not, values: [rita]}]}}",
        "flows.yaml: flows[0].request_for.grantees: says only who does not receive: it needs a "
        "condition with is, starts_with or contains (line 4)",
    ),
    "grantees of a group that is not there": (
        "flows",
        "name: Buckets",
        "name: Buckets\n    request_for: {scopes: [others], grantees: {conditions: "
        "[{attribute: group, values: [enginers]}]}}",
        "flows.yaml: flows[0].request_for.grantees.conditions[0].values[0]: there is no group "
        "'enginers'; did you mean engineers? (line 4)",
    ),
    "approvers who are only excluded": (
        "flows",
        "{attribute: user, values: [anna@example.com]}",
        "{attribute: user, operator: is_not, values: [rita]}",
        "flows.yaml: flows[0].approval.groups[0]: says only who does not approve: it needs a "
        "condition with is, starts_with or contains (line 14)",
    ),
}


@pytest.mark.req(
    "R2.integration", "R2.source", "R2.validate", "R3.shape", "R11.files", "R25", "R40.limit", "R57"
)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_said_where_it_stands_with_what_to_write(tmp_path: Path, mistake: str) -> None:
    file, old, new, said = MISTAKES[mistake]
    assert said in refused(spoiled(tmp_path, file, old, new))


# These take something away that others then miss.
_CAUSES = {"no YAML", "an unknown section", "a setting of a connector"}


@pytest.mark.parametrize("mistake", sorted(set(MISTAKES) - _CAUSES))
def test_one_mistake_is_one_error(tmp_path: Path, mistake: str) -> None:
    file, old, new, said = MISTAKES[mistake]
    assert refused(spoiled(tmp_path, file, old, new)) == [said]


@pytest.mark.req("R2.validate")
def test_all_mistakes_of_all_files_come_together_in_order(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        flows=FLOWS.replace("name: Buckets", "nam: Buckets").replace("aws-demo", "aws-dmo"),
        integrations=INTEGRATIONS.replace("kind: aws_iam", "kind: aws_eye"),
        people=PEOPLE.replace("manager: anna", "manager: nobody"),
    )
    assert [error.partition(": ")[0] for error in refused(folder)] == [
        "flows.yaml",
        "flows.yaml",
        "integrations.yaml",
        "people.yaml",
    ]


def test_what_could_not_be_read_is_not_missed_elsewhere(tmp_path: Path) -> None:
    """The integration has a mistake of its own; the flow that names it has none."""
    folder = spoiled(tmp_path, "integrations", "kind: aws_iam", "kind: aws_eye")
    assert [error.partition(": ")[0] for error in refused(folder)] == ["integrations.yaml"]


def test_an_id_used_twice_names_both_files(tmp_path: Path) -> None:
    folder = written(tmp_path, more=FLOWS.replace("name: Buckets", "name: Pails"))
    assert refused(folder) == [
        "more.yaml: flows[0].id: 'buckets' is taken already, in flows.yaml: flows[0] (line 2)"
    ]


@pytest.mark.req("R3.unique")
def test_no_two_flows_have_one_name_in_whatever_letter_case(tmp_path: Path) -> None:
    second = FLOWS.replace("id: buckets", "id: pails").replace("name: Buckets", "name: BUCKETS")
    assert refused(written(tmp_path, more=second)) == [
        "more.yaml: flows[0].name: 'BUCKETS' is taken already, by flow buckets (line 3)"
    ]


@pytest.mark.req("R2.directory")
def test_an_empty_directory_is_refused(tmp_path: Path) -> None:
    assert f"{tmp_path}: people: is missing: a flow needs people who may ask" in refused(
        written(tmp_path, people="groups: []\n")
    )


@pytest.mark.req("R2.integration")
def test_a_configuration_without_integration_is_refused(tmp_path: Path) -> None:
    said = "integrations: is missing: a flow needs an integration to open"
    assert f"{tmp_path}: {said}" in refused(written(tmp_path, integrations=""))


def test_a_directory_without_files_is_refused(tmp_path: Path) -> None:
    assert f"{tmp_path}: holds no YAML files" in refused(tmp_path)


def test_an_alias_within_itself_is_refused(tmp_path: Path) -> None:
    (error, *_) = refused(written(tmp_path, more="spaces: &all [*all]\n"))
    assert error == ("more.yaml: spaces[0]: an alias may not stand within what it names (line 1)")


def test_aliases_that_multiply_are_stopped(tmp_path: Path) -> None:
    rows = [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]" for n in range(1, 10)]
    bomb = "\n".join(["x0: &x0 [a]", *rows])
    assert any("the file holds more than" in error for error in refused(written(tmp_path, a=bomb)))


# A value that asks for something, for every field whose behaviour does not exist yet.
NOT_YET_WRITTEN = {
    "integrations[].credentials": (
        "integrations",
        "kind: aws_iam",
        "kind: aws_iam\n    credentials: {rotate: true}",
    ),
}


def test_every_field_without_behaviour_has_a_case_here() -> None:
    assert set(NOT_YET_WRITTEN) == set(NOT_YET)


@pytest.mark.parametrize("field", NOT_YET_WRITTEN)
def test_a_field_whose_behaviour_does_not_exist_yet_is_refused_by_name(
    tmp_path: Path, field: str
) -> None:
    errors = refused(spoiled(tmp_path, *NOT_YET_WRITTEN[field]))
    name = field.rpartition(".")[2]
    assert any(f"not supported yet: {name} " in error for error in errors), errors


def test_a_kind_of_system_without_connector_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path)
    with pytest.raises(ConfigurationErrors) as caught:
        check(folder, {})
    (error,) = map(str, caught.value.errors)
    assert error.endswith("integrations[0].kind: not supported yet: aws_iam (line 4)")


CATALOGUE = """\
bundles:
  - id: starter
    name: Starter
    targets:
      - {integration: aws-demo, resource_type: s3_bucket, permissions: [read]}
      - access_scope: staging
access_scopes:
  - id: staging
    name: Staging
    query: resource_tag["env"] = "staging" and permission = "read"
"""
NAMING = FLOWS.replace(
    "    targets:\n", "    targets:\n      - bundle: starter\n      - access_scope: staging\n"
)


@pytest.mark.req("R11.files", "R11.bundles", "R24.mixed", "R34.files", "R35")
def test_bundles_and_access_scopes_are_read_from_files(tmp_path: Path) -> None:
    configuration = check(written(tmp_path, flows=NAMING, catalogue=CATALOGUE), VALIDATORS)
    assert [bundle.id for bundle in configuration.bundles] == ["starter"]
    assert [scope.name for scope in configuration.access_scopes] == ["Staging"]
    assert len(configuration.flows[0].targets) == 3


@pytest.mark.req("R11.spaces", "R122.space")
def test_spaces_are_read_from_files(tmp_path: Path) -> None:
    spaces = """\
settings: {spaces: true}
spaces:
  - {id: data, name: Data, owners: [anna], managers: [rita]}
bundles:
  - id: data-read
    name: Data read
    space: data
    targets:
      - {integration: aws-demo, resource_type: s3_bucket, permissions: [read]}
"""
    configuration = check(written(tmp_path, spaces=spaces), VALIDATORS)
    assert [space.owners for space in configuration.spaces] == [("anna",)]
    assert [bundle.space for bundle in configuration.bundles] == ["data"]


# file, what stands there, what is written instead, what is said
MISTAKES_OF_NAMES = {
    "a flow names an unknown bundle": (
        "bundle: starter",
        "bundle: startre",
        "flows.yaml: flows[0].targets[0].bundle: there is no bundle 'startre'; did you mean "
        "starter? (line 8)",
    ),
    "a flow names an unknown scope": (
        "      - access_scope: staging\n      - integration",
        "      - access_scope: stagin\n      - integration",
        "flows.yaml: flows[0].targets[1].access_scope: there is no access scope 'stagin'; did you "
        "mean staging? (line 9)",
    ),
    "a bundle names an unknown scope": (
        "      - access_scope: staging\naccess_scopes",
        "      - access_scope: staged\naccess_scopes",
        "catalogue.yaml: bundles[0].targets[1].access_scope: there is no access scope 'staged'; "
        "did you mean staging? (line 6)",
    ),
    "a bundle names an unknown integration": (
        "{integration: aws-demo, resource_type: s3_bucket, permissions: [read]}",
        "{integration: aws-dmo, resource_type: s3_bucket, permissions: [read]}",
        "catalogue.yaml: bundles[0].targets[0].integration: there is no integration 'aws-dmo'; did "
        "you mean aws-demo? (line 5)",
    ),
    "a bundle holds a bundle": (
        "      - access_scope: staging\naccess_scopes",
        "      - bundle: starter\naccess_scopes",
        "catalogue.yaml: bundles[0].targets[1]: a target of a bundle names exactly one of "
        "integration, access_scope, never a bundle (line 6)",
    ),
    "a query that does not read": (
        'permission = "read"',
        'permision = "read"',
        "catalogue.yaml: access_scopes[0].query: in the query, line 1, column 37: there is no "
        "field permision (did you mean permission?): expected integration, resource_type, "
        "resource_name, resource_path, resource_tag or permission (line 10)",
    ),
    "a query of an unknown integration": (
        'permission = "read"',
        'integration in ("aws-demo", "aws-dem")',
        "catalogue.yaml: access_scopes[0].query: there is no integration 'aws-dem'; did you mean "
        "aws-demo? (line 10)",
    ),
}


@pytest.mark.req("R34.files", "R35")
@pytest.mark.parametrize("mistake", MISTAKES_OF_NAMES)
def test_what_bundles_and_scopes_get_wrong_is_said(tmp_path: Path, mistake: str) -> None:
    old, new, said = MISTAKES_OF_NAMES[mistake]
    assert (NAMING + CATALOGUE).count(old) == 1
    folder = written(
        tmp_path, flows=NAMING.replace(old, new), catalogue=CATALOGUE.replace(old, new)
    )
    assert said in refused(folder)


def test_names_and_ids_of_bundles_and_scopes_are_unique(tmp_path: Path) -> None:
    again = CATALOGUE.replace("id: starter", "id: second").replace("id: staging", "id: other")
    errors = refused(
        written(tmp_path, catalogue=CATALOGUE, more=again.replace("Staging", "staging"))
    )
    assert errors == [
        "more.yaml: bundles[0].name: 'Starter' is taken already, by bundle starter (line 3)",
        "more.yaml: access_scopes[0].name: 'staging' is taken already, by access scope staging "
        "(line 9)",
    ]
    errors = refused(written(tmp_path, catalogue=CATALOGUE, more=CATALOGUE))
    assert [error for error in errors if "'starter' is taken already" in error]


@pytest.mark.req("R2.source", "R5.source")
def test_a_configured_source_may_be_named_and_brings_people_no_file_knows(tmp_path: Path) -> None:
    sources = "settings: {identity_sources: [{id: okta, name: Okta, kind: scim}]}\ngroups:\n"
    people = PEOPLE.replace("groups:\n", sources)
    condition = "{attribute: group, source: okta, values: [Pushed]}"
    flows = FLOWS.replace("{attribute: group, values: [engineers]}", condition)
    configuration = check(written(tmp_path, people=people, flows=flows), VALIDATORS)
    assert [source.id for source in configuration.settings.identity_sources] == ["okta"]


@pytest.mark.req("R114.services")
def test_no_person_is_called_like_a_service(tmp_path: Path) -> None:
    said = refused(spoiled(tmp_path, "people", "id: rita", "id: service-rita"))
    assert said[0] == (
        "people.yaml: people[0].id: service-... is how services are called; choose another id "
        "(line 2)"
    )
