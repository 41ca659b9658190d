"""Flows with an access link in files: what they are, and what they cannot be."""

from pathlib import Path

import pytest

from accessflows.configuration import load
from accessflows.model.flow import Trigger
from tests.doubles.organisation import FLOWS, INTEGRATIONS, PEOPLE, written
from tests.unit.test_configuration import refused

ALPHA = "    requestors:\n      conditions:\n        - {attribute: group, values: [engineers]}\n"
BY_LINK = FLOWS.replace(ALPHA, "    trigger: access_link\n")
CRM = """\
  - id: crm
    name: CRM
    kind: lambda
    settings:
      function: acme-crm
      resource_types: {crm_account: [read, write]}
    principal: {attribute: email}
"""
OPENED = BY_LINK.replace("aws-demo", "crm").replace("s3_bucket", "crm_account")


def files(folder: Path, flows: str, **changes: str) -> Path:
    return written(folder, **{"flows": flows, "integrations": INTEGRATIONS + CRM, **changes})


@pytest.mark.req("R4.access_link", "R120")
def test_a_flow_with_an_access_link_is_read(tmp_path: Path) -> None:
    (flow,) = load(files(tmp_path, OPENED)).flows
    assert (flow.trigger, flow.requestors) == (Trigger.ACCESS_LINK, None)


def said(folder: Path, flows: str, **changes: str) -> str:
    (problem,) = refused(files(folder, flows, **changes))
    return problem


def test_outsiders_are_given_only_what_takes_addresses(tmp_path: Path) -> None:
    message = said(tmp_path, BY_LINK)
    assert "flows.yaml" in message
    assert "nobody else in integration 'aws-demo', where people are known by aws_principal" in (
        message
    )
    assert "`principal: {attribute: email}`" in message


def test_an_address_is_no_principal_of_aws(tmp_path: Path) -> None:
    integrations = INTEGRATIONS.replace("aws_principal", "email") + CRM
    message = said(tmp_path, BY_LINK, integrations=integrations)
    assert "integration 'aws-demo', where an address is no principal of aws_iam" in message
    assert "no account is made for them there" in message


def test_bundles_are_looked_into(tmp_path: Path) -> None:
    target = (
        "      - integration: aws-demo\n        resource_type: s3_bucket\n"
        "        permissions: [read]\n        resources: any\n"
    )
    flows = BY_LINK.replace(target, "      - bundle: starter\n") + (
        "bundles:\n  - id: starter\n    name: Starter\n    targets:\n"
        "      - {integration: aws-demo, resource_type: s3_bucket, permissions: [read],"
        " resources: any}\n"
    )
    assert "'aws-demo'" in said(tmp_path, flows)


@pytest.mark.parametrize(
    ("written_so", "words"),
    [
        ("request_for: {scopes: [direct_reports]}", "ask for themselves only"),
        ("emergency: true", "takes no emergencies"),
        (ALPHA.strip(), "`requestors` is written exactly when the trigger is self_serve"),
    ],
)
def test_what_makes_no_sense_by_link_is_refused(
    tmp_path: Path, written_so: str, words: str
) -> None:
    flows = OPENED.replace(
        "    trigger: access_link\n", f"    trigger: access_link\n    {written_so}\n"
    )
    assert any(words in message for message in refused(files(tmp_path, flows)))


def test_nobody_in_the_files_is_external(tmp_path: Path) -> None:
    people = PEOPLE.replace("name: Rita\n", "name: Rita\n    roles: [external]\n")
    assert "people of the files sign in" in said(tmp_path, FLOWS, people=people)


def test_no_identity_source_is_called_like_outsiders(tmp_path: Path) -> None:
    settings = "settings:\n  identity_sources:\n    - {id: outsider, kind: scim, name: IdP}\n"
    messages = refused(files(tmp_path, FLOWS, settings=settings))
    assert any("people who come by access link" in message for message in messages)


def test_visitors_are_not_asked_for_a_second_factor(tmp_path: Path) -> None:
    flows = OPENED.replace("    settings:\n", "    settings:\n      require_mfa: true\n")
    assert "visitors of an access link do not have" in said(tmp_path, flows)
