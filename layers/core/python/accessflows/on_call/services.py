"""What speaks to a source: its service, with the key that its secret holds at the moment."""

from typing import Any, assert_never

from botocore.exceptions import ClientError

from accessflows.model.on_call import OnCallSource, Service
from accessflows.on_call import opsgenie, pagerduty
from accessflows.ports import NoAnswer, OnCallService


def service_of(source: OnCallSource, secrets: Any) -> OnCallService:
    """secrets: a client of Secrets Manager. Raises NoAnswer where it does not give the key."""
    try:
        api_key = secrets.get_secret_value(SecretId=source.secret)["SecretString"].strip()
    except (ClientError, KeyError) as error:
        raise NoAnswer(f"secret {source.secret!r} holds no key to be read: {error}") from error
    match source.kind:
        case Service.PAGERDUTY:
            return pagerduty.PagerDuty(pagerduty.BASE_URLS[source.region], api_key)
        case Service.OPSGENIE:
            return opsgenie.Opsgenie(opsgenie.BASE_URLS[source.region], api_key)
        case _:
            assert_never(source.kind)
