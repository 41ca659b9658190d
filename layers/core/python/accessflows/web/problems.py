"""Refusals as RFC 9457 problem documents. The one place that knows a refusal's HTTP status."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from accessflows.model.refusal import (
    AddressTaken,
    AlreadyEnrolled,
    AlreadyExists,
    AlreadySettled,
    BadInput,
    ChangedMeanwhile,
    Contended,
    DurationNotOffered,
    DurationTooLong,
    FormRefused,
    IdempotencyConflict,
    LastAdmin,
    LinkRefused,
    MadeFromSettings,
    ManagedByFiles,
    ManagedBySource,
    MfaLocked,
    NoAccessFlow,
    NobodyCanApprove,
    NoPrincipal,
    NotAnApprover,
    NotEnrolled,
    NotExtendable,
    NotFound,
    NotYours,
    OutsideWindow,
    QuotaExceeded,
    Refusal,
    ScopeMissing,
    SignInNeeded,
    StandingAccess,
    StillOpen,
    TargetRefused,
    TooOften,
    UnreviewedEmergency,
    VersionMissing,
    WrongCode,
)

CONTENT_TYPE = "application/problem+json"

STATUS: Mapping[type[Refusal], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    BadInput: HTTPStatus.BAD_REQUEST,
    NoAccessFlow: HTTPStatus.FORBIDDEN,
    DurationTooLong: HTTPStatus.UNPROCESSABLE_ENTITY,
    DurationNotOffered: HTTPStatus.UNPROCESSABLE_ENTITY,
    StandingAccess: HTTPStatus.CONFLICT,
    OutsideWindow: HTTPStatus.UNPROCESSABLE_ENTITY,
    NoPrincipal: HTTPStatus.UNPROCESSABLE_ENTITY,
    QuotaExceeded: HTTPStatus.UNPROCESSABLE_ENTITY,
    TargetRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    NobodyCanApprove: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotAnApprover: HTTPStatus.FORBIDDEN,
    SignInNeeded: HTTPStatus.FORBIDDEN,
    ScopeMissing: HTTPStatus.FORBIDDEN,
    NotYours: HTTPStatus.FORBIDDEN,
    NotEnrolled: HTTPStatus.CONFLICT,
    AlreadyEnrolled: HTTPStatus.CONFLICT,
    WrongCode: HTTPStatus.FORBIDDEN,
    MfaLocked: HTTPStatus.TOO_MANY_REQUESTS,
    TooOften: HTTPStatus.TOO_MANY_REQUESTS,
    AlreadySettled: HTTPStatus.CONFLICT,
    Contended: HTTPStatus.CONFLICT,
    NotExtendable: HTTPStatus.CONFLICT,
    UnreviewedEmergency: HTTPStatus.FORBIDDEN,
    StillOpen: HTTPStatus.CONFLICT,
    IdempotencyConflict: HTTPStatus.CONFLICT,
    LinkRefused: HTTPStatus.GONE,
    FormRefused: HTTPStatus.FORBIDDEN,
    AlreadyExists: HTTPStatus.CONFLICT,
    ManagedByFiles: HTTPStatus.CONFLICT,
    MadeFromSettings: HTTPStatus.CONFLICT,
    ManagedBySource: HTTPStatus.CONFLICT,
    AddressTaken: HTTPStatus.CONFLICT,
    LastAdmin: HTTPStatus.CONFLICT,
    ChangedMeanwhile: HTTPStatus.PRECONDITION_FAILED,
    VersionMissing: HTTPStatus.PRECONDITION_REQUIRED,
}


def problem(refusal: Refusal) -> tuple[HTTPStatus, dict[str, Any]]:
    """The status and the document for a refusal, its detail as further members."""
    status = STATUS.get(type(refusal), HTTPStatus.BAD_REQUEST)
    return status, document(status, refusal.type(), str(refusal), **refusal.detail)


def nothing_there() -> tuple[HTTPStatus, dict[str, Any]]:
    """The same for an address that no route has."""
    status = HTTPStatus.NOT_FOUND
    return status, document(status, "not-found", "there is no such resource")


def retry_after(refusal: Refusal) -> dict[str, str]:
    """The header that says in how many seconds to try again; none where that helps nothing."""
    seconds = refusal.detail.get("retry_after")
    return {"Retry-After": str(seconds)} if seconds is not None else {}


def document(status: HTTPStatus, kind: str, detail: str, **members: object) -> dict[str, Any]:
    """A problem document. `type` is stable: programs may rely on it."""
    return {
        **json.loads(json.dumps(members, default=str)),
        "type": f"urn:accessflows:problem:{kind}",
        "title": kind.replace("-", " ").capitalize(),
        "status": int(status),
        "detail": detail,
    }
