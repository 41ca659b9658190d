"""What the API shows of the access one holds."""

from datetime import datetime
from typing import Any

from accessflows.actions.my_access import MyAccess
from accessflows.actions.use_access import Usage
from accessflows.web.views import batch_view, request_view


def access_view(access: MyAccess, now: datetime) -> dict[str, Any]:
    """What is active, with how to use it; recent requests; favourites."""
    return {
        "active": [
            {
                **request_view(held.request, now),
                "batches": [batch_view(batch) for batch in held.batches],
                "access_details": list(held.access_details),
            }
            for held in access.active
        ],
        "recent": [request_view(request, now) for request in access.recent],
        "favourites": [request_view(request, now) for request in access.favourites],
    }


def usage_view(usage: Usage) -> dict[str, Any]:
    """How to use access, with the passwords that were made for its grantee."""
    return {
        "access_details": list(usage.access_details),
        "logins": [{"integration": name, **login.to_data()} for name, login in usage.logins],
    }
