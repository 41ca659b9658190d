"""Custom resource: the organisation's configuration files, as they were deployed, count from now.

Deleting the resource changes nothing: what was granted under the flows must still end."""

import tempfile
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
from aws_lambda_powertools import Logger

from accessflows import wiring
from accessflows.actions.apply_config import Applied, apply_config
from accessflows.actions.reach import refuse_stranding
from accessflows.configuration import ConfigurationErrors, check
from accessflows.model.configuration import Configuration

PHYSICAL_ID = "accessflows-configuration"
FIRST_ERRORS = 10

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    if event["RequestType"] == "Delete":
        return {"PhysicalResourceId": event["PhysicalResourceId"]}
    asked = event["ResourceProperties"]
    applied = apply(read(asked["Bucket"], asked["Key"]))
    logger.info("configuration applied", **applied._asdict())
    return {"PhysicalResourceId": PHYSICAL_ID, "Data": applied._asdict()}


def read(bucket: str, key: str) -> Configuration:
    """The files of the zipped asset. Raises RuntimeError with the first errors."""
    zipped = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(BytesIO(zipped)) as archive:
            archive.extractall(folder)
        try:
            return check(Path(folder), wiring.connectors())
        except ConfigurationErrors as refused:
            more = len(refused.errors) - FIRST_ERRORS
            said = [str(error) for error in refused.errors[:FIRST_ERRORS]]
            said += [f"and {more} more"] if more > 0 else []
            raise RuntimeError("the configuration is refused:\n" + "\n".join(said)) from None


def apply(configuration: Configuration) -> Applied:
    refuse_stranding(configuration, wiring.flows(), wiring.requests(), wiring.connectors())
    return apply_config(
        configuration,
        wiring.flows(),
        wiring.directory(),
        validators=wiring.connectors(),
        now=wiring.now(),
    )
