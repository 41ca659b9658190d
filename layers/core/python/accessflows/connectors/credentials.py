"""Credentials of integrations: the secret that one names, as an object of fields.

The organisation makes it in Secrets Manager. What it holds is in no row, log or message."""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

# What an integration calls it.
SECRET = "secret"  # noqa: S105 (the setting's name)
HOLDS_FOR_SECONDS = 120.0
_OURS = ("accessflows/link-keys",)
_NAME = re.compile(r"accessflows/[A-Za-z0-9/_+=.@-]{1,180}")


class CredentialsMissing(Exception):
    """The secret cannot be read, or does not hold what the connector needs."""


def problems(settings: Mapping[str, Any]) -> list[str]:
    """What is wrong with the name of the secret, in words.

    Under `accessflows/` it is among what the product grants nobody access to.
    """
    name = settings.get(SECRET)
    if name is None:
        return ["secret is missing: name the secret in Secrets Manager, as accessflows/..."]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return [f"secret is {name!r}: give the secret a name that begins with accessflows/"]
    if name in _OURS:
        return [f"secret is {name!r}, which is of Access Flows itself; name another"]
    return []


def undeployed(
    settings: Mapping[str, Any], deployed: Sequence[Mapping[str, Any]], *address: str
) -> list[str]:
    """What these settings reach beyond the deployed ones, in words.

    address: the settings that say where the secret is shown. It counts together with them only:
    whoever listens elsewhere would have it.
    """
    names = (*address, SECRET)
    wanted = tuple(settings.get(name) for name in names)
    if wanted in [tuple(other.get(name) for name in names) for other in deployed]:
        return []
    listed = " with ".join(f"{name} {value!r}" for name, value in zip(names, wanted, strict=True))
    return [
        f"{listed} is beyond what this deployment may use: name them together in an integration "
        "of the files and deploy"
    ]


class Secrets:
    """Read when they are needed, and remembered for two minutes.

    client: makes one; none for that of the environment. clock: seconds, from anywhere.
    """

    def __init__(
        self,
        client: "Callable[[], SecretsManagerClient] | None" = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = client or _client
        self._clock = clock
        self._read: dict[str, tuple[float, Mapping[str, Any]]] = {}

    @cached_property
    def _secrets(self) -> "SecretsManagerClient":
        return self._make()

    def fields(self, name: str, *texts: str) -> Mapping[str, Any]:
        """What the secret holds. texts: fields that must hold some text.

        Raises CredentialsMissing, naming the field and never a value.
        """
        now = self._clock()
        until, fields = self._read.get(name, (now, {}))
        if now >= until:
            fields = self._fresh(name)
            self._read[name] = now + HOLDS_FOR_SECONDS, fields
        for field in texts:
            if not isinstance(fields.get(field), str) or not fields[field].strip():
                raise CredentialsMissing(f"secret {name!r} lacks the field {field!r}: add it there")
        return fields

    def _fresh(self, name: str) -> Mapping[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            text = self._secrets.get_secret_value(SecretId=name)["SecretString"]
        except (BotoCoreError, ClientError, KeyError) as error:
            raise CredentialsMissing(f"secret {name!r} cannot be read: {error}") from error
        try:
            fields = json.loads(text)
        except ValueError:
            fields = None
        if not isinstance(fields, dict):
            raise CredentialsMissing(
                f'secret {name!r} holds no JSON object such as {{"password": "..."}}: write one'
            )
        return fields


def _client() -> "SecretsManagerClient":
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2})
    return boto3.client("secretsmanager", config=config)
