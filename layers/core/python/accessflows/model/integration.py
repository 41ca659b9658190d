"""Integrations: the connected systems, as an admin describes them."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from accessflows.model.value import Count, Flag, Identifier, Name, Text, Value


class Kind(StrEnum):
    """The kinds of system. A kind's value is also its connector family."""

    AWS_IAM = "aws_iam"
    AWS_IDENTITY_CENTER = "aws_identity_center"
    DIRECTORY_GROUP = "directory_group"
    POSTGRESQL = "postgresql"
    KUBERNETES = "kubernetes"
    AZURE = "azure"
    GOOGLE_CLOUD = "google_cloud"
    WEBHOOK = "webhook"
    LAMBDA = "lambda"


class PrincipalMapping(Value):
    """The directory attribute that holds a person's id at the integration."""

    attribute: Text


class Owner(Value):
    """Who answers for an integration's resources."""

    attribute: Text
    values: tuple[Text, ...] = Field(min_length=1)


class Credentials(Value):
    """What happens to credentials and accounts the product made."""

    rotate: Flag = False
    clean_up_after: Annotated[Count, Field(ge=1)] = 30


class Integration(Value):
    """One connected system served by a connector."""

    id: Identifier
    name: Name
    kind: Kind
    settings: dict[str, Any] = {}
    principal: PrincipalMapping
    owner: Owner | None = None
    owner_tag: Text | None = None
    access_details: Annotated[str, Field(min_length=1, max_length=400)] | None = None
    credentials: Credentials | None = None
