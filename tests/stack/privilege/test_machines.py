"""What moves, grants and revokes needs every permission of its role: without one, it is denied."""

import json
from datetime import timedelta
from typing import Any

import pytest

from local import own_system
from local.company import Company
from tests.stack.driving import runs
from tests.stack.insides import move_back, rewrite, row
from tests.stack.permissions import stripped
from tests.stack.privilege.world import (
    SYSTEMS,
    account,
    advance,
    ask,
    ask_for,
    one_batch,
    room,
    work_on,
)


def test_advance_needs_all_that_it_may_do(company: Company) -> None:
    waits, goes = ask(company, "tiered"), ask(company, "automatic")
    gone = ask(company, "automatic", "dora")
    move_back(company, waits, timedelta(minutes=5), "approval_timeout_at", "due_at")
    with stripped(company, "advance") as role:
        role.learn(runs(company, "advance", {"request_id": waits}))
        role.learn(runs(company, "advance", {"request_id": goes, "can": "activate"}))
        rewrite(company, gone, flow={"id": "forgotten", "version": 1})
        role.learn(runs(company, "advance", {"request_id": gone, "can": "activate"}))
    assert row(company, waits)["status"] == "Rejected"
    assert row(company, gone)["cause"] == "lost_eligibility"


def test_activate_and_revoke_need_all_that_they_may_do(company: Company) -> None:
    given, full = ask(company, "automatic"), ask(company, "automatic", "dora")
    iam: Any = company.stack.client("iam")
    room = {"UserName": "demo-dora", "PolicyName": "foreign"}
    statement = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::" + "x" * 2000,
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    with stripped(company, "activate_aws_iam") as role:
        role.learn(runs(company, "activate_aws_iam", one_batch(given)))
        assert row(company, given, "BATCH#001")["state"] == "granted"
        iam.put_user_policy(**room, PolicyDocument=document)
        role.learn(runs(company, "activate_aws_iam", one_batch(full)))
        iam.delete_user_policy(**room)
    assert row(company, full)["cause"] == "quota"
    advance(company, given, "activate")
    company.call("rita", "POST", f"/access-requests/{given}/revoke", {})
    advance(company, given, "revoke")
    with stripped(company, "revoke_aws_iam") as role:
        role.learn(runs(company, "revoke_aws_iam", one_batch(given)))
    assert f"accessflows-{given}-1" not in company.policies("demo-rita")


@pytest.mark.every_grant
def test_the_company_s_own_systems_need_all_that_they_may_do(company: Company) -> None:
    request_id = ask_for(company, account("account-2"), room("blue"))
    with stripped(company, "activate_lambda") as role:
        for batch in work_on(company, request_id, "activate"):
            role.learn(runs(company, "activate_lambda", batch))
    advance(company, request_id, "activate")
    assert [len(own_system.held(company.stack, function)) for function in SYSTEMS] == [1, 1]
    company.call("rita", "POST", f"/access-requests/{request_id}/revoke", {})
    with stripped(company, "revoke_lambda") as role:
        for batch in work_on(company, request_id, "revoke"):
            role.learn(runs(company, "revoke_lambda", batch))
    assert [own_system.held(company.stack, function) for function in SYSTEMS] == [[], []]
