"""IAM Identity Center as moto has it, and what moto lacks: AWS works on an assignment for a while
after its answer, says of which, and takes no other call for it meanwhile."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from botocore.exceptions import ClientError

_PARTS = (
    "InstanceArn",
    "TargetId",
    "TargetType",
    "PermissionSetArn",
    "PrincipalType",
    "PrincipalId",
)


class SlowSsoAdmin:
    """A client around that of moto. polls: how often it is asked until it is done with a request.

    fail: the reason with which everything fails from now on.
    """

    def __init__(self, client: Any, polls: int = 1) -> None:
        self._client = client
        self._ids = (f"{n:08d}-0000-4000-8000-000000000000" for n in count(1))
        self.requests: dict[str, dict[str, Any]] = {}
        self.polls = polls
        self.fail: str | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def create_account_assignment(self, **asked: Any) -> dict[str, Any]:
        return {"AccountAssignmentCreationStatus": self._begin("creation", asked)}

    def delete_account_assignment(self, **asked: Any) -> dict[str, Any]:
        if not self._is_there(asked):
            raise _error("ResourceNotFoundException", "assignment not found")
        return {"AccountAssignmentDeletionStatus": self._begin("deletion", asked)}

    def describe_account_assignment_creation_status(
        self,
        *,
        InstanceArn: str,  # noqa: N803 (boto3's)
        AccountAssignmentCreationRequestId: str,  # noqa: N803 (boto3's)
    ) -> dict[str, Any]:
        return {"AccountAssignmentCreationStatus": self._ask(AccountAssignmentCreationRequestId)}

    def describe_account_assignment_deletion_status(
        self,
        *,
        InstanceArn: str,  # noqa: N803 (boto3's)
        AccountAssignmentDeletionRequestId: str,  # noqa: N803 (boto3's)
    ) -> dict[str, Any]:
        return {"AccountAssignmentDeletionStatus": self._ask(AccountAssignmentDeletionRequestId)}

    def get_paginator(self, name: str) -> Any:
        kinds = {
            "list_account_assignment_creation_status": ("creation", "Creation"),
            "list_account_assignment_deletion_status": ("deletion", "Deletion"),
        }
        if name not in kinds:
            return self._client.get_paginator(name)
        kind, word = kinds[name]
        return _Pages(self, kind, f"AccountAssignments{word}Status")

    def finish(self) -> None:
        """AWS is done with everything it had begun."""
        for request in self.requests.values():
            self._finish(request)

    def in_progress(self, kind: str) -> list[dict[str, Any]]:
        return [
            {"RequestId": request["RequestId"], "Status": request["Status"]}
            for request in self.requests.values()
            if (request["kind"], request["Status"]) == (kind, "IN_PROGRESS")
        ]

    def _begin(self, kind: str, asked: dict[str, Any]) -> dict[str, Any]:
        assert set(asked) == set(_PARTS)
        for request in self.requests.values():
            if request["Status"] == "IN_PROGRESS" and request["asked"] == asked:
                raise _error("ConflictException", "another operation is in progress")
        request_id = next(self._ids)
        request = {"RequestId": request_id, "Status": "IN_PROGRESS", "kind": kind, "asked": asked}
        self.requests[request_id] = {**request, "left": self.polls}
        return self._shown(self.requests[request_id])

    def _ask(self, request_id: str) -> dict[str, Any]:
        request = self.requests[request_id]
        request["left"] -= 1
        if request["left"] <= 0:
            self._finish(request)
        return self._shown(request)

    def _finish(self, request: dict[str, Any]) -> None:
        if request["Status"] != "IN_PROGRESS":
            return
        if self.fail:
            request |= {"Status": "FAILED", "FailureReason": self.fail}
            return
        request["Status"] = "SUCCEEDED"
        if request["kind"] == "deletion":
            self._client.delete_account_assignment(**request["asked"])
        elif not self._is_there(request["asked"]):
            self._client.create_account_assignment(**request["asked"])

    def _is_there(self, asked: dict[str, Any]) -> bool:
        held = self._client.list_account_assignments(
            InstanceArn=asked["InstanceArn"],
            AccountId=asked["TargetId"],
            PermissionSetArn=asked["PermissionSetArn"],
        )["AccountAssignments"]
        return any(one["PrincipalId"] == asked["PrincipalId"] for one in held)

    @staticmethod
    def _shown(request: dict[str, Any]) -> dict[str, Any]:
        asked = {part: request["asked"][part] for part in _PARTS if part != "InstanceArn"}
        said: dict[str, Any] = {
            key: request[key] for key in ("RequestId", "Status", "FailureReason") if key in request
        }
        return {**asked, **said}


class _Pages:
    def __init__(self, client: SlowSsoAdmin, kind: str, key: str) -> None:
        self._client, self._kind, self._key = client, kind, key

    def paginate(self, *, InstanceArn: str, Filter: dict[str, str]) -> Iterator[dict[str, Any]]:  # noqa: N803 (boto3's)
        assert Filter == {"Status": "IN_PROGRESS"}
        yield {self._key: self._client.in_progress(self._kind)}


def _error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "AccountAssignment")
