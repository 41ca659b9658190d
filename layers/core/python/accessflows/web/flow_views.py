"""What the API shows of flows to those who may use them."""

from collections.abc import Mapping
from typing import Any

from accessflows.model.flow import AccessFlow
from accessflows.model.integration import Integration
from accessflows.rules.description import describe
from accessflows.web.views import ticket_view


def flow_view(flow: AccessFlow, integrations: Mapping[str, Integration]) -> dict[str, Any]:
    """What one may ask for, for whom and how long, and what has to be given for it.

    The generated description is written anew at each call, so it never lags behind the flow.
    """
    data = flow.to_data()
    return {
        "id": flow.id,
        "version": flow.version,
        "name": flow.name,
        "labels": list(flow.settings.labels),
        "description": flow.description,
        "description_generated": describe(flow, integrations),
        "request_for": sorted(flow.request_for.scopes),
        "targets": data["targets"],
        "longest_duration": data["grant_duration"],
        "duration_presets": data["duration_presets"],
        "needs_approval": flow.approval is not None,
        "needs_mfa": flow.settings.require_mfa,
        "needs_justification": flow.settings.require_justification,
        "needs_preset": flow.settings.require_preset,
        "needs_duration": flow.settings.require_duration,
        "ticket": ticket_view(flow),
    }
