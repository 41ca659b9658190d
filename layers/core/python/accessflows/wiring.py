"""Wiring: settings to adapters, each built once, at the first call that needs it."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from accessflows.model.integration import Kind
from accessflows.settings import Settings

if TYPE_CHECKING:
    from accessflows.access_token import AccessTokens
    from accessflows.directory.identity_center import IdentityCenter
    from accessflows.hosted_pages import HostedPages
    from accessflows.model.on_call import OnCallSource
    from accessflows.model.person import Person
    from accessflows.notices.queue import SqsNoticeQueue
    from accessflows.notices.ses import SesMailer
    from accessflows.on_call.current import CurrentOnCall
    from accessflows.outbox import EventBridgeBus, LambdaRevoker, StepFunctionsMachines
    from accessflows.ports import Connector, OnCallService, Ports
    from accessflows.stores.access_links import DynamoAccessLinks
    from accessflows.stores.delegations import DynamoDelegations
    from accessflows.stores.directory import DynamoDirectory
    from accessflows.stores.flows import DynamoFlows
    from accessflows.stores.inventory import DynamoInventory
    from accessflows.stores.leases import DynamoLeases
    from accessflows.stores.ratings import DynamoRatings
    from accessflows.stores.requests import DynamoRequests
    from accessflows.stores.sealing import KmsSeal
    from accessflows.stores.second_factors import DynamoSecondFactors
    from accessflows.stores.sessions import DynamoSessions
    from accessflows.stores.sources import DynamoSources
    from accessflows.stores.tokens import DynamoTokens
    from accessflows.stores.tries import DynamoTries
    from accessflows.stores.users import DynamoUsers
    from accessflows.user_pool import CognitoPool
    from accessflows.web.portal import Portal


def now() -> datetime:
    return datetime.now(UTC)


def deadline(context: Any) -> datetime:
    """When Lambda stops the invocation at the latest."""
    return now() + timedelta(milliseconds=context.get_remaining_time_in_millis())


def new_id() -> str:
    """A ULID: 26 characters, sorted by time."""
    from ulid import ULID

    return str(ULID())


def new_secret() -> str:
    """256 random bits, fit for an address and a cookie."""
    return secrets.token_urlsafe(32)


def new_mfa_secret() -> str:
    """What the codes of a second factor are made of: 160 random bits in base 32."""
    import pyotp

    return pyotp.random_base32()


@cache
def settings() -> Settings:
    return Settings.from_environment()


@cache
def requests() -> "DynamoRequests":
    from accessflows.stores.requests import DynamoRequests

    return DynamoRequests(settings())


@cache
def flows() -> "DynamoFlows":
    from accessflows.stores.flows import DynamoFlows

    return DynamoFlows(settings())


@cache
def directory() -> "DynamoDirectory":
    from accessflows.stores.directory import DynamoDirectory

    return DynamoDirectory(settings(), on_call(), now)


@cache
def sources() -> "DynamoSources":
    from accessflows.stores.sources import DynamoSources

    return DynamoSources(settings())


def listings() -> "Mapping[str, IdentityCenter]":
    """The identity sources that are listed, by id, as the settings have them now."""
    import boto3

    from accessflows.directory.identity_center import IdentityCenter

    return {
        source.id: IdentityCenter(boto3.client("identitystore"), source.identity_store_id)
        for source in flows().current_set().settings.identity_sources
        if source.identity_store_id
    }


@cache
def users() -> "DynamoUsers":
    from accessflows.stores.users import DynamoUsers

    return DynamoUsers(settings(), on_call(), now)


@cache
def user_pool() -> "CognitoPool":
    from accessflows.user_pool import CognitoPool

    return CognitoPool(settings().user_pool_id)


@cache
def tokens() -> "DynamoTokens":
    from accessflows.stores.tokens import DynamoTokens

    return DynamoTokens(settings())


@cache
def delegations() -> "DynamoDelegations":
    from accessflows.stores.delegations import DynamoDelegations

    return DynamoDelegations(settings())


@cache
def on_call() -> "CurrentOnCall":
    from accessflows.on_call.current import CurrentOnCall

    return CurrentOnCall(lambda: flows().on_call(), _on_call_service)


def _on_call_service(source: "OnCallSource") -> "OnCallService":
    import boto3

    from accessflows.on_call.services import service_of

    return service_of(source, boto3.client("secretsmanager"))


@cache
def inventory() -> "DynamoInventory":
    from accessflows.stores.inventory import DynamoInventory

    return DynamoInventory(settings())


@cache
def connectors() -> "Mapping[Kind, Connector]":
    from accessflows.connectors.by_kind import Connectors

    settle_for = timedelta(seconds=10 if settings().stage == "aws" else 0)
    return Connectors(settle_for=settle_for, seal=login_seal)


@cache
def access_links() -> "DynamoAccessLinks":
    from accessflows.stores.access_links import DynamoAccessLinks

    return DynamoAccessLinks(settings())


@cache
def ratings() -> "DynamoRatings":
    from accessflows.stores.ratings import DynamoRatings

    return DynamoRatings(settings())


@cache
def second_factors() -> "DynamoSecondFactors":
    from accessflows.stores.second_factors import DynamoSecondFactors

    return DynamoSecondFactors(settings())


@cache
def tries() -> "DynamoTries":
    from accessflows.stores.tries import DynamoTries

    return DynamoTries(settings())


@cache
def leases() -> "DynamoLeases":
    from accessflows.stores.leases import DynamoLeases

    return DynamoLeases(settings())


@cache
def seal() -> "KmsSeal":
    from accessflows.stores.sealing import KmsSeal

    return KmsSeal(settings().mfa_key_id, "person")


@cache
def login_seal() -> "KmsSeal":
    from accessflows.stores.sealing import KmsSeal

    return KmsSeal(settings().login_key_id, "grant")


@cache
def ports() -> "Ports":
    from accessflows.ports import Ports

    return Ports(
        requests=requests(),
        flows=flows(),
        directory=directory(),
        inventory=inventory(),
        connectors=connectors(),
        second_factors=second_factors(),
        tries=tries(),
        leases=leases(),
    )


@cache
def machines() -> "StepFunctionsMachines":
    from accessflows.outbox import StepFunctionsMachines

    return StepFunctionsMachines(
        {
            "approval": settings().approval_machine_arn,
            "access": settings().access_machine_arn,
            "revocation": settings().revocation_machine_arn,
        }
    )


@cache
def bus() -> "EventBridgeBus":
    from accessflows.outbox import EventBridgeBus

    return EventBridgeBus(settings().event_bus_name)


@cache
def revoker() -> "LambdaRevoker":
    from accessflows.outbox import LambdaRevoker

    return LambdaRevoker(settings().revoke_function_prefix)


@cache
def mailer() -> "SesMailer":
    from accessflows.notices.ses import SesMailer

    return SesMailer(settings().mail_from)


@cache
def notice_queue() -> "SqsNoticeQueue":
    from accessflows.notices.queue import SqsNoticeQueue

    return SqsNoticeQueue(settings().notice_queue_url)


@cache
def _link_keys(_minute: int) -> tuple[str, ...]:
    import boto3

    from accessflows.notices.links import parse_keys

    secret = boto3.client("secretsmanager").get_secret_value(SecretId=settings().link_keys_secret)
    return parse_keys(secret["SecretString"])


def link_keys() -> tuple[str, ...]:
    """The keys that sign links, newest last; read again every five minutes."""
    return _link_keys(int(now().timestamp()) // 300)


@cache
def access_tokens() -> "AccessTokens":
    from accessflows.access_token import AccessTokens

    return AccessTokens(
        pool_id=settings().user_pool_id,
        client_id=settings().user_pool_client_id,
        endpoint_url=settings().aws_endpoint_url,
    )


def verified_email(username: str) -> str | None:
    """The address that the pool has verified of its user, if it has."""
    import boto3

    pool_id = settings().user_pool_id
    user = boto3.client("cognito-idp").admin_get_user(UserPoolId=pool_id, Username=username)
    attributes = {each["Name"]: each.get("Value") for each in user["UserAttributes"]}
    return attributes.get("email") if attributes.get("email_verified") == "true" else None


@cache
def hosted_pages() -> "HostedPages":
    from accessflows.hosted_pages import HostedPages

    return HostedPages(settings().sign_in_url, settings().user_pool_client_id, public_url())


@cache
def sessions() -> "DynamoSessions":
    from accessflows.stores.sessions import DynamoSessions

    return DynamoSessions(settings())


def public_url() -> str:
    return settings().base_url


def looks_after(person: "Person") -> bool:
    """Whether they are an admin, or look after a space."""
    from accessflows.actions import realm

    return realm.looks_after(flows(), person)


def portal() -> "Portal":
    """The frame of a function's pages, and their resolver."""
    from accessflows.actions.session import person_of
    from accessflows.web.portal import Portal

    return Portal(
        url=lambda: public_url(),
        sign_in_url=lambda: hosted_pages().url,
        person_of=lambda secret, attended: person_of(
            sessions(), directory(), secret, now(), attended=attended
        ),
        looks_after=lambda person: looks_after(person),
    )
