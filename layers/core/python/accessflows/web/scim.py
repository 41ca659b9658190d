"""SCIM 2.0 over HTTP: a Lambda event in, the protocol's answer out.

What Okta and Entra ID send beside the standard is taken as they mean it: values beside a
`remove` select what to remove, a filter that finds no entry makes one, and what nobody declared
is left alone."""

import base64
import json
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    EnterpriseUser,
    ETag,
    Filter,
    Group,
    Patch,
    ResourceType,
    SCIMException,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    UnauthorizedException,
    User,
)
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.service import ScimService
from scim2_server.storage import ScimStorage

from accessflows.web.scim_dialects import meant, spoken
from accessflows.web.scim_people import ScimUser

PREFIX = "/scim/v2"
MOST_RESULTS = 200


@cache
def service() -> ScimService:
    """The service as it describes itself. Building it takes a while: once."""
    policy = ScimPolicy(
        unknown=ScimPolicy.Unknown.ignore,
        remove_value_as_filter=ScimPolicy.RemoveValue.apply,
        unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
    )
    config = ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=MOST_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=False),
        etag=ETag(supported=True),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="Bearer token",
                description="A token that an admin made for the identity source",
                primary=True,
            )
        ],
    )
    provider = ScimProvider(
        [User, EnterpriseUser, Group],
        [ResourceType.from_resource(model) for model in (ScimUser, Group)],
        config,
        policy,
    )
    return ScimService(provider)


def serve(
    event: dict[str, Any],
    base_url: str,
    storage_for: Callable[[str | None], ScimStorage | None],
    failed: Callable[[Exception], None],
) -> dict[str, Any]:
    """The answer to one call.

    storage_for: the value of the Authorization header -> what its bearer may reach, if anything.
    failed: is told of a fault.
    """
    request = _request(event, base_url + PREFIX)
    try:
        response = _handle(request, storage_for)
    except SCIMException as refused:
        response = service().error_response(refused)
    except Exception as fault:  # noqa: BLE001 - answered in the protocol's words, and told of
        failed(fault)
        response = service().error_response(fault)
    return _answer(response)


def _handle(
    request: ScimRequest, storage_for: Callable[[str | None], ScimStorage | None]
) -> ScimResponse:
    storage = storage_for(request.header("authorization"))
    if storage is None:
        raise UnauthorizedException(detail="the bearer token is none that counts here")
    request.body = spoken(request.method, request.body)
    return ScimHandler(service(), storage).handle(request)


def _request(event: dict[str, Any], base_url: str) -> ScimRequest:
    body = event.get("body") or ""
    raw = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    return ScimRequest(
        method=event["requestContext"]["http"]["method"],
        base_url=base_url,
        path=event["rawPath"].removeprefix(PREFIX),
        query={
            name: meant(value) if name == "filter" else value
            for name, value in parse_qsl(event.get("rawQueryString", ""), keep_blank_values=True)
        },
        headers=event.get("headers", {}),
        body=raw,
    )


def _answer(response: ScimResponse) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in response.headers.items()}
    body = "" if response.body is None else json.dumps(response.body)
    return {"statusCode": int(response.status), "headers": headers, "body": body}
