"""The inline policies of one IAM user or role. Writes and deletes only the product's own."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from accessflows.connectors.aws_clients import error_code
from accessflows.connectors.aws_policy import PREFIX, text
from accessflows.model.refusal import QuotaExceeded, Refusal, TargetRefused

_OWN = re.compile(rf"{PREFIX}[0-9A-Za-z]+-[0-9]{{1,2}}")
_GONE = "NoSuchEntity"
# What AWS says when it certainly did not put a policy. All else has an unknown outcome.
_NOT_PUT: Mapping[str, tuple[type[Refusal], str]] = {
    _GONE: (TargetRefused, "does not exist at AWS"),
    "MalformedPolicyDocument": (TargetRefused, "cannot carry the policy: AWS calls it malformed"),
    "UnmodifiableEntity": (TargetRefused, "belongs to an AWS service and cannot be changed"),
    "LimitExceeded": (QuotaExceeded, "has no room for another inline policy, says AWS"),
}


class ForeignPolicy(Exception):
    """A policy name that is not the product's own was to be written or deleted. A fault."""


class Reading(NamedTuple):
    """What AWS answered. document: none where there is no such policy, or no such principal."""

    document: Mapping[str, Any] | None
    aws_request_id: str


class InlinePolicies:
    """iam: makes the client. principal: `user/<name>` or `role/<name>`."""

    def __init__(self, iam: Callable[[], Any], principal: str) -> None:
        self._iam = iam
        self._principal = principal
        self._kind, _, self._name = principal.partition("/")

    def names(self) -> list[str]:
        """Of all policies, also foreign ones; empty where there is no such principal."""
        from botocore.exceptions import ClientError

        pages = self._iam().get_paginator(f"list_{self._kind}_policies").paginate(**self._who)
        try:
            return [name for page in pages for name in page["PolicyNames"]]
        except ClientError as error:
            if error_code(error) == _GONE:
                return []
            raise

    def read(self, policy_name: str) -> Reading:
        from botocore.exceptions import ClientError

        try:
            answer = self._call("get", PolicyName=policy_name)
        except ClientError as error:
            if error_code(error) != _GONE:
                raise
            return Reading(None, _request_id(error.response))
        return Reading(answer["PolicyDocument"], _request_id(answer))

    def put(self, policy_name: str, document: Mapping[str, Any]) -> None:
        """Raises TargetRefused or QuotaExceeded where AWS did not take it for certain."""
        from botocore.exceptions import ClientError

        _must_be_own(policy_name)
        try:
            self._call("put", PolicyName=policy_name, PolicyDocument=text(document))
        except ClientError as error:
            refusal = _NOT_PUT.get(error_code(error))
            if refusal is None:
                raise
            kind, words = refusal
            raise kind(f"{self._principal} {words}") from error

    def delete(self, policy_name: str) -> None:
        """Gone already is success."""
        from botocore.exceptions import ClientError

        _must_be_own(policy_name)
        try:
            self._call("delete", PolicyName=policy_name)
        except ClientError as error:
            if error_code(error) != _GONE:
                raise

    @property
    def _who(self) -> dict[str, str]:
        return {f"{self._kind.capitalize()}Name": self._name}

    def _call(self, verb: str, **arguments: str) -> Any:
        return getattr(self._iam(), f"{verb}_{self._kind}_policy")(**self._who, **arguments)


def _must_be_own(policy_name: str) -> None:
    if not _OWN.fullmatch(policy_name):
        raise ForeignPolicy(f"policy {policy_name!r} is not one of Access Flows; left alone")


def _request_id(answer: Mapping[str, Any]) -> str:
    return str(answer.get("ResponseMetadata", {}).get("RequestId", ""))
