"""What the API shows of one resource."""

from datetime import datetime
from typing import Any

from accessflows.actions.show_resource import Sight
from accessflows.web.views import prospects_view, request_view


def resource_view(sight: Sight, now: datetime) -> dict[str, Any]:
    """The resource, its state, what may be asked for and under which terms, how to use it."""
    return {
        **sight.resource.to_data(),
        "state": sight.state,
        "can_ask": prospects_view(sight.asking),
        "refused": [refusal.to_data() for refusal in sight.refused],
        "requests": [request_view(request, now) for request in sight.requests],
        "access_details": list(sight.access_details),
    }
