"""Batches as a connector is given them."""

from typing import Any

from accessflows.model.integration import Kind
from accessflows.model.request import Batch
from accessflows.model.target import Entitlement
from tests.factories import an_entitlement

REQUEST = "01K00000000000000000000000"


def a_batch(*entitlements: Entitlement, **changes: Any) -> Batch:
    return Batch.model_validate(
        {
            "request_id": REQUEST,
            "number": 1,
            "integration": "aws-demo",
            "family": Kind.AWS_IAM,
            "principal": "user/demo-rita",
            "entitlements": entitlements or (an_entitlement(),),
            **changes,
        }
    )


def to(resource_type: str, resource: str, permission: str = "read") -> Entitlement:
    return Entitlement(
        integration="aws-demo",
        resource_type=resource_type,
        resource=resource,
        permission=permission,
    )
