"""The demo: one person's access on the local stack, from refused to refused, and what was observed.

Exits with 1 at the first thing that is not as it should be. Leaves the stack up."""

import sys
import time
from pathlib import Path
from typing import Any

import yaml

from accessflows.model.event import Event, first_broken
from local.company import Company, NotSeen, wait_for
from local.emulator import ROOT, EmulatorError
from local.stack import DEFAULT_PORT, DeploymentError, LocalStack

CONFIG = ROOT / "cdk" / "config"
BUCKETS = {
    "acme-invoices": {"env": "production", "team": "billing"},
    "acme-orders": {"env": "production", "team": "sales"},
    "acme-drafts": {"env": "staging", "team": "billing"},
}
ACCESS_SECONDS = 12


class Wrong(Exception):
    """Something was observed that should not be so."""


class Story:
    """Prints each step with its time, and stops at the first that is wrong."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def chapter(self, title: str) -> None:
        print(f"\n{title}")

    def tell(self, words: str) -> None:
        print(f"  {time.monotonic() - self.began:6.1f} s  {words}", flush=True)

    def observe(self, words: str, expected: Any, seen: Any) -> None:
        if seen != expected:
            raise Wrong(f"{words}: {seen!r} was observed, {expected!r} was expected")
        self.tell(f"observed: {words}")


def people(config: Path) -> list[dict[str, Any]]:
    """Everyone in a folder of configuration."""
    files = [yaml.safe_load(file.read_text()) for file in sorted(config.glob("*.yaml"))]
    return [person for file in files for person in file.get("people", [])]


def set_up(story: Story, stack: LocalStack, config: Path | None = None) -> Company:
    """The stack started and deployed, the company's people and buckets in it.

    config: the folder of the organisation's files, where it is not the sample."""
    story.chapter("Setting up")
    started = stack.start()
    story.tell(f"the emulator {'was started' if started else 'runs already'}: {stack.endpoint_url}")
    deployed = stack.deploy(config)
    story.tell(f"the CDK app {'was deployed' if deployed else 'is deployed already, unchanged'}")
    company = Company(stack)
    staff = people(config or CONFIG)
    for person in staff:
        principal = person.get("attributes", {}).get("aws_principal", [""])[0]
        company.hire(
            person["id"], person["emails"][0], iam_user=principal.removeprefix("user/") or None
        )
    company.open_buckets(BUCKETS)
    company.sync_inventory()
    story.tell(f"{len(company.passwords)} people can sign in; {len(BUCKETS)} buckets hold a report")
    stack.update_outputs(people=_sign_ins(company, staff))
    return company


def _sign_ins(company: Company, staff: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        person["id"]: {
            "email": person["emails"][0],
            "password": company.passwords[person["id"]],
            "roles": person.get("roles", ["grantee"]),
            **company.keys.get(person["id"], {}),
        }
        for person in staff
    }


def tell_story(story: Story, company: Company) -> None:
    """Refused, asked, approved by mail, in, out again."""
    bucket, user = "acme-invoices", "demo-rita"

    story.chapter(f"Rita needs the report in {bucket}, a production bucket")
    story.observe("her own IAM key is refused", False, company.reads("rita", bucket))

    story.chapter("She asks through the API")
    wish = {
        "resources": [company.bucket(bucket)],
        "duration": f"PT{ACCESS_SECONDS}S",
        "justification": "closing the month",
    }
    _, dry = company.call("rita", "POST", "/access-requests/dry-run", wish)
    would = dry["requests"][0]
    approvers = sorted({name for g in would["approval"]["groups"] for name in g["approvers"]})
    story.tell(
        f"a dry run says: flow {would['flow_name']!r}, {' or '.join(approvers)} would approve"
    )
    status, answer = company.call("rita", "POST", "/access-requests", wish)
    story.observe("the request was taken (201)", 201, status)
    request_id = answer["requests"][0]["id"]
    story.observe("it waits", "Pending Approval", answer["requests"][0]["status"])
    story.observe("her key is still refused", False, company.reads("rita", bucket))

    story.chapter("Anna gets a mail and opens its link")
    mail = company.wait_for_mail("anna@example.com", request_id)
    story.tell(f"the mail says: {mail.subject}")
    for _ in range(3):
        page = company.http("GET", mail.link)
        story.observe("the page opens", 200, page.status_code)
    after = company.request("rita", request_id)["status"]
    story.observe("opening it three times changed nothing", "Pending Approval", after)
    company.http("POST", mail.link, data={"decision": "approve", "reason": "month end"})

    story.chapter("Rita gets in")
    request = company.wait_until("rita", request_id, "Active")
    story.tell(f"the request is Active until {request['ends_at']}")
    story.observe("her key works", True, company.reads("rita", bucket))
    (policy,) = company.policies(user)
    story.tell(f"the policy {policy} is on IAM user {user}")
    again = company.http("POST", mail.link, data={"decision": "reject"})
    told = "Anna" in again.text
    story.observe(
        "a second post is refused and says who decided",
        (True, True),
        (again.status_code in (409, 410), told),
    )

    story.chapter(f"{ACCESS_SECONDS} seconds run out")
    request = company.wait_until("rita", request_id, "Expired", seconds=90)
    story.observe("her key is refused again", False, company.reads("rita", bucket))
    story.observe("the policy is gone", [], company.policies(user))
    evidence = request["batches"][0]
    story.tell(f"its absence was read back at {evidence['observed_at']}")

    story.chapter("What the audit holds")
    events = [Event.model_validate(event) for event in request["events"]]
    for event in events:
        story.tell(f"{event.number}. {event.kind:<20} by {event.actor:<8} {event.hash[:12]}")
    story.observe("every event is chained to the one before", None, first_broken(events))
    wait_for("the mail that access ended", lambda: company.mails("rita@example.com", "ended"))
    subjects = [mail.subject for mail in company.mails("rita@example.com", request_id)]
    story.tell(f"Rita was told: {'; '.join(subjects)}")


def show_around(company: Company) -> None:
    """Where to look now, and how to stop."""
    outputs = company.stack.outputs
    port = "" if company.stack.port == DEFAULT_PORT else f" PORT={company.stack.port}"
    print("\nThe stack stays up.")
    print(f"  portal   {outputs['portal_url']}")
    print(f"  API      {outputs['api_url']}")
    print(f"  AWS      {outputs['endpoint_url']} (any AWS client; key and secret: test)")
    print(f"  details  {Path('.local') / str(company.stack.port) / 'stack.json'}")
    for person_id, person in outputs["people"].items():
        roles = ", ".join(person["roles"])
        print(f"  {person_id:<8} {person['email']:<22} {person['password']}  ({roles})")
    print(f"\n  make mail{port}   reads the mail\n  make stop{port}   ends the stack")


def main() -> int:
    story, stack = Story(), LocalStack()
    try:
        company = set_up(story, stack)
        tell_story(story, company)
    except (EmulatorError, DeploymentError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except (Wrong, NotSeen) as error:
        print(f"\nNot as it should be: {error}", file=sys.stderr)
        return 1
    print(f"\nEvery step was observed, in {time.monotonic() - story.began:.0f} s.")
    show_around(company)
    return 0


if __name__ == "__main__":
    sys.exit(main())
