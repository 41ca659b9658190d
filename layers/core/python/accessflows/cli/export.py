"""`accessflows export`: what a plan needs to know of a deployed stack, as files.

With the operator's own AWS credentials, which must be allowed to read whole tables."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from accessflows.cli.exported import INVENTORY, PEOPLE, REQUESTS, write
from accessflows.cli.say import complain, say

if TYPE_CHECKING:
    from accessflows.settings import Settings

_FAILED = 2


class NotThere(Exception):
    """The stack is not there, or is none of this product."""


def export(
    folder: Annotated[Path, typer.Argument(help="Where the files are written; made if missing.")],
    stack: Annotated[str, typer.Option(help="The CloudFormation stack.")] = "AccessFlows",
    days: Annotated[int, typer.Option(min=1, help="How far back requests are taken.")] = 90,
) -> None:
    """Write inventory, people and past requests of a deployed stack, for `accessflows plan`.

    Uses your AWS credentials and region; reads whole tables. Justifications are left out.
    Exit code 0: written. 2: it could not be read.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from pynamodb.exceptions import PynamoDBException

    try:
        _export(folder, stack, datetime.now(UTC) - timedelta(days=days))
    except (BotoCoreError, ClientError, PynamoDBException, NotThere, OSError) as error:
        complain(f"stack {stack!r} was not exported: {error}")
        raise typer.Exit(_FAILED) from error


def _export(folder: Path, stack: str, since: datetime) -> None:
    from accessflows.stores.export import DynamoExport

    taken = DynamoExport(_settings(stack))
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in (
        (INVENTORY, taken.resources()),
        (PEOPLE, taken.people()),
        (REQUESTS, taken.requests(since)),
    ):
        say(f"{folder / name}: {write(folder / name, values)}")


def _settings(stack: str) -> "Settings":
    """Where the stack's tables are, by its outputs."""
    import boto3

    from accessflows.settings import Settings

    found = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", ())}
    tables = ("requests", "flows", "directory", "inventory")
    missing = [name for name in tables if f"{name.capitalize()}Table" not in outputs]
    if missing:
        raise NotThere(f"its outputs name no table of {', '.join(missing)}")
    named = {f"{name}_table": outputs[f"{name.capitalize()}Table"] for name in tables}
    return Settings.model_validate({"stage": "export", **named})
