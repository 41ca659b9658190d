"""What the API shows of the people one may ask for."""

from typing import Any

from accessflows.actions.grantees import GranteePage


def grantees_view(page: GranteePage) -> dict[str, Any]:
    """Names and addresses, and by which flows: nothing else that the directory holds."""
    return {
        "grantees": [
            {
                "id": grantee.person.id,
                "name": grantee.person.name,
                "email": grantee.person.email,
                "flows": [flow.id for flow in grantee.flows],
            }
            for grantee in page.grantees
        ],
        "cursor": page.cursor,
    }
