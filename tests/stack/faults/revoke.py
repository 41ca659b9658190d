"""`revoke`, deployed by a test in its place: the target throttles a grant's first five calls."""

import tempfile
from pathlib import Path
from typing import Any

import real_revoke  # type: ignore[import-not-found]  # as the test packs it
from botocore.exceptions import ClientError

from accessflows.connectors.aws_iam import AwsIam

_revoke = AwsIam.revoke


def revoke(self: AwsIam, integration: Any, batch: Any) -> Any:
    if batch.entitlements[0].resource.startswith("acme-throttled-"):
        calls = Path(tempfile.gettempdir()) / f"throttled-{batch.grant_id}"
        seen = int(calls.read_text()) if calls.exists() else 0
        calls.write_text(str(seen + 1))
        if seen < 5:
            error = {"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}
            raise ClientError(error, "DeleteUserPolicy")  # type: ignore[arg-type]
        calls.unlink()
    return _revoke(self, integration, batch)


AwsIam.revoke = revoke  # type: ignore[method-assign]
handler = real_revoke.handler
