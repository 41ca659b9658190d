"""What only an operator reaches: rows as they are stored, and executions. It can break both."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from accessflows.model.event import EventKind
from accessflows.model.person import CONFIGURATION, PersonRecord
from accessflows.rules.chain import next_event
from local.company import Company

REQUEST, BATCH = "REQUEST", "BATCH#001"
# Attributes beside the document, by the instant of it that they repeat for an index.
_INDEXED = {"due_at": "due_at", "activated_at": "since"}


def row(company: Company, request_id: str, sort: str = REQUEST) -> dict[str, Any]:
    """The document of a request's row, or of its first batch's, as it is stored."""
    item = _tables(company).get_item(**_at(company, request_id, sort), ConsistentRead=True)["Item"]
    return dict(json.loads(item["document"]["S"]))


def move_back(company: Company, request_id: str, by: timedelta, *instants: str) -> None:
    """Rewrite a request so that these instants of it were earlier than they were.

    What indexes say of them moves along.
    """
    document = row(company, request_id)
    earlier = {name: datetime.fromisoformat(document[name]) - by for name in instants}
    rewrite(company, request_id, **{name: at.isoformat() for name, at in earlier.items()})
    for name in _INDEXED.keys() & earlier.keys():
        _tables(company).update_item(
            **_at(company, request_id),
            UpdateExpression=f"SET {_INDEXED[name]} = :instant",
            ExpressionAttributeValues={":instant": {"S": f"{earlier[name]:%Y-%m-%dT%H:%M:%S.%fZ}"}},
        )


def rewrite(company: Company, request_id: str, **changes: Any) -> None:
    """Let the request's document say something else."""
    document = json.dumps({**row(company, request_id), **changes})
    _tables(company).update_item(
        **_at(company, request_id),
        UpdateExpression="SET document = :document",
        ExpressionAttributeValues={":document": {"S": document}},
    )


def lose_due_work(company: Company, request_id: str) -> None:
    """Take the request out of the index by which the sweep finds what is due."""
    _tables(company).update_item(
        **_at(company, request_id), UpdateExpression="REMOVE due_shard, due_at"
    )


def change_person(company: Company, person_id: str, **changes: Any) -> None:
    """What every source of people does: write the person with the event, in one transaction."""
    dynamodb = _tables(company)
    tables = company.stack.outputs["tables"]
    key = {"pk": {"S": f"person:{person_id}"}, "sk": {"S": "PERSON"}}
    row = dynamodb.get_item(TableName=tables["directory"], Key=key)["Item"]
    before = PersonRecord.model_validate_json(row["document"]["S"])
    profile = before.profiles[CONFIGURATION].but(**changes)
    person = before.but(profiles={CONFIGURATION: profile})
    head: Any = SimpleNamespace(number=int(row["number"]["N"]), hash=row["hash"]["S"])
    at = datetime.now(UTC)
    event = next_event(
        head, f"person:{person_id}", EventKind.PERSON_CHANGED, at, details=person.to_data()
    )
    row |= {
        "document": {"S": person.model_dump_json(exclude_none=True)},
        "number": {"N": str(event.number)},
        "hash": {"S": event.hash},
    }
    happened = {
        "pk": {"S": event.subject},
        "sk": {"S": f"EVENT#{event.number:06d}"},
        "document": {"S": event.model_dump_json(exclude_none=True)},
    }
    dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": tables["directory"], "Item": row}},
            {"Put": {"TableName": tables["requests"], "Item": happened}},
        ]
    )


def deployed_files(company: Company) -> dict[str, str]:
    """Where the configuration's files lie that were deployed: bucket and key."""
    clients: Any = company.stack.client
    template = clients("cloudformation").get_template(StackName="AccessFlows")["TemplateBody"]
    template = json.loads(template) if isinstance(template, str) else template
    (applied,) = (
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "Custom::AppliedConfiguration"
    )
    bucket = applied["Bucket"]
    if not isinstance(bucket, str):
        account = clients("sts").get_caller_identity()["Account"]
        bucket = bucket["Fn::Sub"].replace("${AWS::AccountId}", account)
        bucket = bucket.replace("${AWS::Region}", clients("s3").meta.region_name)
    return {"Bucket": bucket, "Key": applied["Key"]}


@contextmanager
def other_files(company: Company, files: Mapping[str, str]) -> Iterator[None]:
    """The configuration as if these files had been deployed with it, until the block ends."""
    s3: Any = company.stack.client("s3")
    place = deployed_files(company)
    deployed = s3.get_object(**place)["Body"].read()
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(deployed)) as before, zipfile.ZipFile(packed, "w") as archive:
        kept = {name: before.read(name).decode() for name in before.namelist()}
        for name, text in {**kept, **files}.items():
            archive.writestr(name, text)
    s3.put_object(**place, Body=packed.getvalue())
    try:
        yield
    finally:
        s3.put_object(**place, Body=deployed)


@contextmanager
def configured(
    company: Company, function: str, handler: str | None = None, **variables: str
) -> Iterator[None]:
    """The function begins cold, with these in its environment besides, until the block ends.

    handler: what is called in place of its own, which a variable may name as `{handler}`.
    """
    functions: Any = company.stack.client("lambda")
    found = functions.get_function_configuration(FunctionName=function)
    real = {"Handler": found["Handler"], "Environment": found["Environment"]}
    told = {name: value.format(handler=real["Handler"]) for name, value in variables.items()}
    functions.update_function_configuration(
        FunctionName=function,
        Handler=handler or real["Handler"],
        Environment={"Variables": {**real["Environment"]["Variables"], **told}},
    )
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=function, **real)


def as_it_is(company: Company, table: str, pk: str, sk: str) -> Callable[[], None]:
    """What makes the row again what it is now."""
    at = {"TableName": company.stack.outputs["tables"][table]}
    item = _tables(company).get_item(**at, Key={"pk": {"S": pk}, "sk": {"S": sk}})["Item"]
    return lambda: _tables(company).put_item(**at, Item=item)


def unsettle(company: Company, source: str, group_id: str, person_id: str, state: str) -> None:
    """Mark the person's place in the group, as a call does that dies right after."""
    _tables(company).put_item(
        TableName=company.stack.outputs["tables"]["directory"],
        Item={
            "pk": {"S": f"source:{source}"},
            "sk": {"S": f"MEMBER#{group_id}#{person_id}"},
            "state": {"S": state},
            "attribute": {"S": ":unsettled"},
            "held": {"S": f"{source}#{group_id}\x1f{person_id}"},
        },
    )


def leave_session(company: Company, secret: str, ago: timedelta) -> None:
    """Let the session of the portal have been used last so long ago."""
    dynamodb, table = _tables(company), company.stack.outputs["tables"]["directory"]
    pk = f"session:{hashlib.sha256(secret.encode()).hexdigest()}"
    key = {"pk": {"S": pk}, "sk": {"S": "SESSION"}}
    item = dynamodb.get_item(TableName=table, Key=key)["Item"]
    session = json.loads(item["document"]["S"])
    session["seen_at"] = (datetime.fromisoformat(session["seen_at"]) - ago).isoformat()
    dynamodb.put_item(TableName=table, Item={**item, "document": {"S": json.dumps(session)}})


def executions(company: Company, request_id: str, status: str | None = None) -> list[str]:
    """The ARNs of all executions that ever worked on the request, or of those with a status."""
    machines: Any = company.stack.client("stepfunctions")
    narrowed = {"statusFilter": status} if status else {}
    return sorted(
        execution["executionArn"]
        for arn in company.stack.outputs["state_machines"].values()
        for execution in machines.list_executions(stateMachineArn=arn, **narrowed)["executions"]
        if execution["name"].startswith(request_id)
    )


def stop_executions(company: Company, request_id: str) -> None:
    """End whatever drives the request, by hand."""
    machines: Any = company.stack.client("stepfunctions")
    for arn in executions(company, request_id, "RUNNING"):
        machines.stop_execution(executionArn=arn)


def _tables(company: Company) -> Any:
    return company.stack.client("dynamodb")


def _at(company: Company, request_id: str, sort: str = REQUEST) -> dict[str, Any]:
    return {
        "TableName": company.stack.outputs["tables"]["requests"],
        "Key": {"pk": {"S": f"request:{request_id}"}, "sk": {"S": sort}},
    }
