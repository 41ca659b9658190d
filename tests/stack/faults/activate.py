"""`activate`, deployed by a test in its place, with bad luck that the bucket's name chooses.

acme-dies-*: the process dies right after the target took the grant.
acme-slow-*: the call to the target takes eight seconds."""

import os
import time
from typing import Any

import real_activate  # type: ignore[import-not-found]  # as the test packs it

from accessflows.connectors.aws_iam import AwsIam

_grant = AwsIam.grant


def grant(self: AwsIam, integration: Any, batch: Any, until: Any) -> Any:
    bucket = batch.entitlements[0].resource
    if bucket.startswith("acme-slow-"):
        time.sleep(8)
    state = _grant(self, integration, batch, until)
    if bucket.startswith("acme-dies-"):
        os._exit(1)
    return state


AwsIam.grant = grant  # type: ignore[method-assign]
handler = real_activate.handler
