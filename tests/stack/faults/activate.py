"""`activate`, deployed by a test in its place, with bad luck that the bucket's name chooses.

acme-dies-*: the process dies right after the target took the grant.
acme-slow-*: the call to the target takes until the grant is revoked meanwhile."""

import os
import time
from typing import Any

import real_activate  # type: ignore[import-not-found]  # as the test packs it

from accessflows import wiring
from accessflows.connectors.aws_iam import AwsIam

# Within the time that the test leaves the function.
MOST_SECONDS = 16
_grant = AwsIam.grant


def grant(self: AwsIam, integration: Any, batch: Any, until: Any) -> Any:
    bucket = batch.entitlements[0].resource
    if bucket.startswith("acme-slow-"):
        wait_until_revoked(batch)
    state = _grant(self, integration, batch, until)
    if bucket.startswith("acme-dies-"):
        os._exit(1)
    return state


def wait_until_revoked(batch: Any) -> None:
    until = time.monotonic() + MOST_SECONDS
    while time.monotonic() < until:
        if wiring.requests().batch(batch.request_id, batch.number).revoking:
            return
        time.sleep(0.2)


AwsIam.grant = grant  # type: ignore[method-assign]
handler = real_activate.handler
