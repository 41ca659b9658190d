"""The HTTP API and sign-in."""

import json

from tests import endpoints
from tests.cdk.template import Template, spell

BY_SOURCE_TOKEN = {
    f"{method} /scim/v2/{{proxy+}}" for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
}
OPEN_TO_ALL = {"GET /openapi.json"}
BY_LINK = {
    f"{method} /{page}/{{token}}"
    for page in ("approve", "join", "confirm", "ask", "status")
    for method in ("GET", "HEAD", "POST")
}

# Whatever no route has.
UNKNOWN = {"$default"}
PORTAL = {
    "GET /",
    "GET /sign-in",
    "GET /callback",
    "POST /sign-out",
    "GET /signed-out",
    "GET /admin",
    "GET /admin/activity",
    "GET /admin/activity/export",
    "POST /admin/activity/revoke",
    "GET /admin/audit",
    "GET /admin/graph",
    "GET /admin/reports",
    "GET /admin/people",
    "GET /admin/people/{proxy+}",
    "POST /admin/people/{proxy+}",
    "GET /admin/groups",
    "GET /admin/tokens",
    "POST /admin/tokens/{proxy+}",
    "GET /admin/{proxy+}",
    "POST /admin/{proxy+}",
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
    "GET /new",
    "POST /new",
    "GET /resources/{integration}/{resource_type}",
    "GET /account",
    "GET /account/{proxy+}",
    "POST /account/{proxy+}",
    "GET /inbox",
    "POST /inbox",
    "GET /inbox/{id}",
    "POST /inbox/{id}",
    "GET /admin/access-flows/{id}/links",
    "POST /admin/access-flows/{id}/links",
    "POST /admin/access-flows/{id}/links/{link_id}/withdraw",
}


def routes(template: Template, kind: str) -> set[str]:
    return {
        route["RouteKey"]
        for route in template.of_type("AWS::ApiGatewayV2::Route").values()
        if route["AuthorizationType"] == kind
    }


def test_every_route_asks_who_is_calling_but_links_sources_pages_and_the_document(
    either: Template,
) -> None:
    by_themselves = BY_LINK | BY_SOURCE_TOKEN | OPEN_TO_ALL
    assert routes(either, "NONE") == by_themselves | PORTAL | UNKNOWN
    assert routes(either, "CUSTOM") == endpoints.table().keys() - by_themselves
    every = endpoints.table().keys() | PORTAL | UNKNOWN
    assert len(either.of_type("AWS::ApiGatewayV2::Route")) == len(every)


def test_who_is_calling_is_asked_every_time(either: Template) -> None:
    (authorizer,) = either.of_type("AWS::ApiGatewayV2::Authorizer").values()
    assert authorizer["AuthorizerType"] == "REQUEST"
    assert authorizer["AuthorizerResultTtlInSeconds"] == 0
    assert authorizer["EnableSimpleResponses"] is True
    assert authorizer["AuthorizerPayloadFormatVersion"] == "2.0"
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]


def test_the_access_log_holds_the_route_and_never_the_path(either: Template) -> None:
    (stage,) = either.of_type("AWS::ApiGatewayV2::Stage").values()
    logged = json.loads(stage["AccessLogSettings"]["Format"])
    assert logged["route"] == "$context.routeKey"
    assert "path" not in stage["AccessLogSettings"]["Format"].lower()


def test_calls_are_throttled(either: Template) -> None:
    (stage,) = either.of_type("AWS::ApiGatewayV2::Stage").values()
    assert stage["DefaultRouteSettings"] == {
        "ThrottlingBurstLimit": 100,
        "ThrottlingRateLimit": 50,
    }


def test_on_aws_no_program_signs_in_with_a_password(aws: Template) -> None:
    (client,) = aws.of_type("AWS::Cognito::UserPoolClient").values()
    assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
    assert client["AllowedOAuthFlows"] == ["code"]


def test_the_local_stack_lets_tests_sign_in(local: Template) -> None:
    (client,) = local.of_type("AWS::Cognito::UserPoolClient").values()
    assert client["ExplicitAuthFlows"] == [
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
    ]


def test_people_come_back_from_signing_in_to_the_portal_where_it_is_deployed(
    either: Template,
) -> None:
    (client,) = either.of_type("AWS::Cognito::UserPoolClient").values()
    url = spell(either.output("PortalUrl"))
    api = "<AWS::Region>.amazonaws.com" if url.startswith("https:") else "localhost:4566"
    assert url.endswith(f".execute-api.{api}")
    assert spell(client["CallbackURLs"][0]) == f"{url}/callback"
    assert [spell(logout) for logout in client["LogoutURLs"]] == [f"{url}/signed-out"]


def test_nobody_signs_up_by_themselves(either: Template) -> None:
    (pool,) = either.of_type("AWS::Cognito::UserPool").values()
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
