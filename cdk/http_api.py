"""The HTTP API: routes, their authorizer, throttling, and a log that holds no path."""

import json
from collections.abc import Mapping

from aws_cdk import Acknowledgment, Duration, Validations
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk.functions import KEPT_FOR, Functions, pascal_case
from cdk.routes import (
    AUTHORISED,
    BY_SESSION,
    BY_SIGNED_LINK,
    BY_SOURCE_TOKEN,
    OPEN_TO_ALL,
    UNKNOWN,
)
from cdk.stage import Stage

# The route key stands for the path: a path may hold a link's token.
LOGGED = {
    "request_id": "$context.requestId",
    "at": "$context.requestTime",
    "route": "$context.routeKey",
    "status": "$context.status",
    "source_ip": "$context.identity.sourceIp",
    "milliseconds": "$context.responseLatency",
    "authorizer_error": "$context.authorizer.error",
    "integration_error": "$context.integrationErrorMessage",
}


class HttpApi(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, functions: Functions
    ) -> None:
        super().__init__(scope, construct_id)
        self.api = apigateway.HttpApi(
            self, "Api", api_name="accessflows", create_default_stage=False
        )
        self._stage(stage)
        authorizer = authorizers.HttpLambdaAuthorizer(
            "Authorize",
            functions["authorize"],
            response_types=[authorizers.HttpLambdaResponseType.SIMPLE],
            results_cache_ttl=Duration.seconds(0),
        )
        for name, routes in AUTHORISED.items():
            self._routes(name, functions[name], routes, authorizer)
        for unauthorised, reason in (
            (BY_SIGNED_LINK, "The signed, single-use link in the path is the authority."),
            (BY_SOURCE_TOKEN, "The function checks the source's bearer token, as SCIM answers."),
            (BY_SESSION, "The session behind the cookie is the authority; each page asks for it."),
            (OPEN_TO_ALL, "It says what the API offers, which is no secret."),
        ):
            self._unauthorised(functions, unauthorised, reason)
        self._unknown(functions)

    @property
    def api_id(self) -> str:
        return self.api.api_id

    def _stage(self, stage: Stage) -> None:
        log_group = logs.LogGroup(
            self,
            "AccessLog",
            log_group_name="/accessflows/http-api",
            retention=KEPT_FOR,
            removal_policy=stage.removal,
        )
        default = apigateway.HttpStage(
            self,
            "Stage",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(rate_limit=50, burst_limit=100),
        )
        settings = default.node.default_child
        assert isinstance(settings, apigateway.CfnStage)
        settings.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=log_group.log_group_arn, format=json.dumps(LOGGED)
        )

    def _unknown(self, functions: Functions) -> None:
        integration = integrations.HttpLambdaIntegration(
            "Unknown", functions[UNKNOWN], scope_permission_to_route=False
        )
        route = apigateway.HttpRoute(
            self,
            "Unknown",
            http_api=self.api,
            route_key=apigateway.HttpRouteKey.DEFAULT,
            integration=integration,
        )
        reason = "It says that there is nothing, whoever asks."
        Validations.of(route).acknowledge(Acknowledgment(id="AwsSolutions-APIG4", reason=reason))

    def _unauthorised(
        self, functions: Functions, routes: Mapping[str, tuple[str, ...]], reason: str
    ) -> None:
        for name, keys in routes.items():
            for route in self._routes(name, functions[name], keys):
                Validations.of(route).acknowledge(
                    Acknowledgment(id="AwsSolutions-APIG4", reason=reason)
                )

    def _routes(
        self,
        name: str,
        function: lambda_.Function,
        routes: tuple[str, ...],
        authorizer: apigateway.IHttpRouteAuthorizer | None = None,
    ) -> list[apigateway.HttpRoute]:
        # One permission a function: one a route would outgrow what a stack may hold.
        integration = integrations.HttpLambdaIntegration(
            pascal_case(name), function, scope_permission_to_route=False
        )
        made = []
        for route in routes:
            method, path = route.split(" ")
            made += self.api.add_routes(
                path=path,
                methods=[apigateway.HttpMethod[method]],
                integration=integration,
                authorizer=authorizer,
            )
        return made
