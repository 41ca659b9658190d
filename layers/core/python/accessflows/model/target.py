"""Targets of a flow, and the resources and entitlements they speak of."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from accessflows.model.value import Identifier, Name, Text, Value

_SPELLED = {
    "aws": "AWS",
    "dynamodb": "DynamoDB",
    "iam": "IAM",
    "postgresql": "PostgreSQL",
    "s3": "S3",
}


def spelled(resource_type: str) -> str:
    """The name of a type as people write it: `s3_bucket` is an S3 bucket."""
    words = resource_type.replace("-", "_").split("_")
    return " ".join(_SPELLED.get(word, word) for word in words)


class ByName(Value):
    """The resources with one of these names."""

    names: tuple[Text, ...] = Field(min_length=1)


class ByTags(Value):
    """The resources that carry every key with one of its values."""

    tags: dict[Text, Annotated[tuple[Text, ...], Field(min_length=1)]] = Field(min_length=1)


def _selection_kind(value: Any) -> str | None:
    if isinstance(value, str):
        return "any"
    for kind in ("names", "tags", "except"):
        if (isinstance(value, dict) and kind in value) or hasattr(value, kind):
            return kind
    return "except" if hasattr(value, "except_") else None


Selected = Annotated[
    Annotated[ByName, Tag("names")] | Annotated[ByTags, Tag("tags")],
    Discriminator(_selection_kind),
]


class AllExcept(Value):
    """Every resource of the type but the selected ones."""

    except_: Selected = Field(alias="except")


Resources = Annotated[
    Annotated[Literal["any"], Tag("any")]
    | Annotated[ByName, Tag("names")]
    | Annotated[ByTags, Tag("tags")]
    | Annotated[AllExcept, Tag("except")],
    Discriminator(
        _selection_kind,
        custom_error_type="resources",
        custom_error_message="write `any`, {names: [...]}, {tags: {key: [values]}} or "
        "{except: {names: [...]}}",
    ),
]


class IntegrationTarget(Value):
    """Permissions on resources of one type in one integration."""

    integration: Identifier
    resource_type: Identifier
    permissions: tuple[Identifier, ...] = Field(min_length=1)
    resources: Resources = "any"


class BundleTarget(Value):
    """Everything in a bundle."""

    bundle: Identifier


class ScopeTarget(Value):
    """Everything that an access scope finds."""

    access_scope: Identifier


def _target_kind(value: Any) -> str | None:
    for kind in ("integration", "bundle", "access_scope"):
        if (isinstance(value, dict) and kind in value) or hasattr(value, kind):
            return kind
    return None


_target_error = Discriminator(
    _target_kind,
    custom_error_type="target",
    custom_error_message="a target names exactly one of integration, bundle, access_scope",
)
Target = Annotated[
    Annotated[IntegrationTarget, Tag("integration")]
    | Annotated[BundleTarget, Tag("bundle")]
    | Annotated[ScopeTarget, Tag("access_scope")],
    _target_error,
]
BundledTarget = Annotated[
    Annotated[IntegrationTarget, Tag("integration")] | Annotated[ScopeTarget, Tag("access_scope")],
    Discriminator(
        _target_kind,
        custom_error_type="target",
        custom_error_message="a target of a bundle names exactly one of integration, access_scope, "
        "never a bundle",
    ),
]


class Bundle(Value):
    """A named list of targets, never of bundles."""

    id: Identifier
    name: Name
    space: Identifier | None = None
    targets: tuple[BundledTarget, ...] = Field(min_length=1)


class AccessScope(Value):
    """A saved inventory query."""

    id: Identifier
    name: Name
    space: Identifier | None = None
    query: Text
    description: Text | None = None


class Catalogue(Value):
    """What the targets of flows may name, as it stands now.

    integrations: the open ones. Nothing outside them is found by an access scope.
    """

    bundles: dict[Identifier, Bundle] = {}
    access_scopes: dict[Identifier, AccessScope] = {}
    integrations: frozenset[Identifier] = frozenset()


class Resource(Value):
    """A thing in an integration, as the last inventory sync saw it."""

    integration: Identifier
    resource_type: Identifier
    name: Text
    path: Text | None = None
    tags: dict[str, str] = {}
    permissions: tuple[Identifier, ...] = ()


class Entitlement(Value):
    """One permission on one resource."""

    integration: Identifier
    resource_type: Identifier
    resource: Text
    permission: Identifier

    def __str__(self) -> str:
        return f"{self.permission} on {self.resource_type} {self.resource} in {self.integration}"
