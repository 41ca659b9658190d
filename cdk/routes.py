"""The routes of the API: which function answers them, and by whose authority."""

from collections.abc import Mapping

# function -> its routes.
Routes = Mapping[str, tuple[str, ...]]

# The parts of the configuration that admins write.
CONFIGURED = (
    "access-flows",
    "bundles",
    "access-scopes",
    "integrations",
    "on-call-schedules",
    "spaces",
    "resource-access",
)

AUTHORISED: Routes = {
    "requests_api": (
        "POST /access-requests",
        "GET /access-requests",
        "POST /access-requests/dry-run",
        "GET /access-requests/{id}",
        "GET /access-requests/{id}/access-details",
        "POST /access-requests/{id}/revoke",
        "POST /access-requests/{id}/cancel",
        "POST /access-requests/{id}/extend",
        "POST /access-requests/{id}/review",
        "GET /me",
        "POST /access-requests/{id}/request-again",
        "POST /access-requests/{id}/favorite",
        "DELETE /access-requests/{id}/favorite",
        "GET /me/access",
        "GET /access-flows",
        "PUT /access-flows/{id}/description/rating",
        "GET /me/grantees",
        "GET /resources",
    ),
    "mfa_api": (
        "GET /me/mfa",
        "POST /me/mfa",
        "POST /me/mfa/confirm",
        "POST /access-requests/{id}/pass-mfa",
        "POST /users/{id}/mfa/reset",
    ),
    "inventory_api": (
        "GET /inventory/resources",
        "GET /apps",
        "GET /bundles",
        "GET /bundles/{id}/contents",
        "GET /access-scopes",
        "GET /access-scopes/{id}/contents",
    ),
    "activity_api": (
        "GET /activity",
        "POST /activity/revoke",
        "GET /reports/summary",
        "GET /reports/access-graph",
        "GET /audit",
    ),
    "approvals_api": (
        "GET /approvals",
        "POST /approvals/bulk",
        "POST /approvals/{request_id}/approve",
        "POST /approvals/{request_id}/reject",
        "GET /me/delegations",
        "POST /me/delegations",
        "DELETE /me/delegations/{id}",
    ),
    "admin_api": (
        *(
            f"{method} /configuration/{section}{rest}"
            for section in CONFIGURED
            for method, rest in (
                ("GET", ""),
                ("POST", ""),
                ("GET", "/{id}"),
                ("PUT", "/{id}"),
                ("DELETE", "/{id}"),
                ("GET", "/{id}/versions"),
                ("GET", "/{id}/versions/{version}"),
            )
        ),
        "POST /configuration/access-flows/describe",
        "GET /configuration/access-flows/{id}/ratings",
        "GET /configuration/settings",
        "PATCH /configuration/settings",
        "GET /configuration/changes",
        "GET /configuration/changes/{id}",
        "POST /configuration/changes/{id}/approve",
        "POST /configuration/changes/{id}/reject",
    ),
    "users_api": (
        "POST /users",
        "GET /users",
        "GET /users/{id}",
        "PUT /users/{id}",
        "DELETE /users/{id}",
        "POST /users/{id}/invite",
        "POST /users/{id}/deactivate",
        "POST /users/{id}/activate",
        "GET /groups",
    ),
    "tokens_api": (
        "GET /me/tokens",
        "POST /me/tokens",
        "DELETE /me/tokens/{token_id}",
        "POST /tokens",
        "GET /tokens",
        "DELETE /tokens/{token_id}",
        "GET /configuration/identity-sources/{id}/tokens",
        "POST /configuration/identity-sources/{id}/tokens",
        "DELETE /configuration/identity-sources/{id}/tokens/{token_id}",
    ),
    "links_api": (
        "GET /configuration/access-flows/{id}/links",
        "POST /configuration/access-flows/{id}/links",
        "DELETE /configuration/access-flows/{id}/links/{link_id}",
    ),
}
# An identity provider's calls, described by the protocol itself.
BY_SOURCE_TOKEN: Routes = {
    "scim_api": tuple(
        f"{method} /scim/v2/{{proxy+}}" for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    ),
}
BY_SIGNED_LINK: Routes = {
    "approve_page": (
        "GET /approve/{token}",
        "HEAD /approve/{token}",
        "POST /approve/{token}",
    ),
    "outsider_page": tuple(
        f"{method} /{page}/{{token}}"
        for page in ("join", "confirm", "ask", "status")
        for method in ("GET", "HEAD", "POST")
    ),
}
# Whatever is private there asks for the session behind the cookie.
BY_SESSION: Routes = {
    "portal": (
        "GET /",
        "GET /sign-in",
        "GET /callback",
        "POST /sign-out",
        "GET /signed-out",
        "GET /requests",
        "GET /requests/{id}",
        "GET /requests/{id}/revoke",
        "POST /requests/{id}/revoke",
        "POST /requests/{id}/access-details",
        "POST /requests/{id}/cancel",
        "POST /requests/{id}/extend",
        "POST /requests/{id}/request-again",
        "POST /requests/{id}/star",
        "POST /requests/{id}/unstar",
        "GET /assets/{name}",
        # It signs already; the pages of admins never do.
        "GET /admin/access-flows/{id}/links",
        "POST /admin/access-flows/{id}/links",
        "POST /admin/access-flows/{id}/links/{link_id}/withdraw",
    ),
    "approver_pages": (
        "GET /inbox",
        "POST /inbox",
        "GET /inbox/{id}",
        "POST /inbox/{id}",
    ),
    "account_pages": (
        "GET /account",
        "GET /account/{proxy+}",
        "POST /account/{proxy+}",
    ),
    "oversight_pages": (
        "GET /admin",
        "GET /admin/activity",
        "GET /admin/activity/export",
        "POST /admin/activity/revoke",
        "GET /admin/audit",
        "GET /admin/graph",
        "GET /admin/reports",
    ),
    "people_pages": (
        "GET /admin/people",
        "GET /admin/people/{proxy+}",
        "POST /admin/people/{proxy+}",
        "GET /admin/groups",
        "GET /admin/tokens",
        "POST /admin/tokens/{proxy+}",
    ),
    "admin_pages": (
        "GET /admin/{proxy+}",
        "POST /admin/{proxy+}",
    ),
    "asking_pages": (
        "GET /new",
        "POST /new",
        "GET /resources/{integration}/{resource_type}",
    ),
}
OPEN_TO_ALL: Routes = {"api_document": ("GET /openapi.json",)}
# What answers every address that no route has.
UNKNOWN = "portal"
