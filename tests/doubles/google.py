"""Google's sign-in of service accounts and its projects, which refuse what the real ones refuse.

Source: "Using OAuth 2.0 for Server to Server Applications"; Resource Manager API reference, v3."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.doubles.json_server import Asked, Reply

EMAIL = "accessflows@ops.iam.gserviceaccount.com"
_CONDITION = re.compile(r'request\.time < timestamp\("\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"\)')
_BASIC = ("roles/owner", "roles/editor", "roles/viewer")


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_file() -> dict[str, str]:
    """What Google gives for a service account. It says a token address that is not believed."""
    pem = _key().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "type": "service_account",
        "client_email": EMAIL,
        "private_key_id": "k1",
        "private_key": pem.decode(),
        "token_uri": "https://evil.example/token",
    }


class Google:
    """policies: by project. users: the accounts there are.

    scope: for which tokens are given. failing: replies to give before any real one.
    """

    def __init__(self, scope: str) -> None:
        self.scope = scope
        self.users = {"user:rita@example.com", "user:boss@example.com"}
        self.projects: dict[str, dict[str, Any]] = {}
        self.policies: dict[str, dict[str, Any]] = {}
        self.failing: list[Reply] = []
        self.asked: list[Asked] = []
        self.tokens: list[str] = []
        self._writes = 0

    def add(self, project: str, **labels: str) -> None:
        number = 1_000 + len(self.projects)
        self.projects[project] = {
            "name": f"projects/{number}",
            "projectId": project,
            "state": "ACTIVE",
            "labels": labels,
        }
        self.put(project, [])

    def put(self, project: str, bindings: list[dict[str, Any]]) -> None:
        """Somebody's doing, ours or not."""
        self._writes += 1
        self.policies[project] = {"etag": f"etag-{self._writes}", "bindings": bindings}

    def roles(self, project: str) -> list[str]:
        """Of the bindings there are, in order."""
        return [binding["role"] for binding in self.policies[project]["bindings"]]

    def remove_user(self, member: str) -> None:
        """What is bound to it stays, under another name."""
        self.users.discard(member)
        text = json.dumps(self.policies).replace(f'"{member}"', f'"deleted:{member}?uid=1"')
        self.policies = json.loads(text)

    def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        if self.failing:
            return self.failing.pop(0)
        if (asked.method, asked.path) == ("POST", "/token"):
            return self._signed_in(asked.body)
        if asked.headers.get("authorization") not in {f"Bearer {token}" for token in self.tokens}:
            return error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        if (asked.method, asked.path) == ("GET", "/v3/projects:search"):
            return self._searched(asked.query)
        project, _, verb = asked.path.removeprefix("/v3/projects/").partition(":")
        if asked.method != "POST" or verb not in ("getIamPolicy", "setIamPolicy"):
            return 404, None
        if project not in self.policies:
            return error(
                403, "PERMISSION_DENIED", f"no permission on {project}, or it is not there"
            )
        if verb == "getIamPolicy":
            return self._shown(project, asked.body)
        return self._written(project, asked.body["policy"])

    def _signed_in(self, form: Mapping[str, str]) -> Reply:
        try:
            jwt.decode(
                form["assertion"],
                _key().public_key(),
                algorithms=["RS256"],
                audience="https://oauth2.googleapis.com/token",
                issuer=EMAIL,
                options={"require": ["exp", "iat"]},
            )
        except jwt.PyJWTError:
            return 400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
        claims = jwt.decode(form["assertion"], options={"verify_signature": False})
        if claims["scope"] != self.scope:
            return 400, {"error": "invalid_scope"}
        self.tokens.append(f"ya29.{len(self.tokens)}")
        return 200, {
            "access_token": self.tokens[-1],
            "expires_in": 3599,
            "token_type": "Bearer",
        }

    def _searched(self, query: Mapping[str, str]) -> Reply:
        assert query["query"] == "state:ACTIVE"
        active = [p for p in self.projects.values() if p["state"] == "ACTIVE"]
        start = int(query.get("pageToken", 0))
        end = start + int(query["pageSize"])
        more = {"nextPageToken": str(end)} if end < len(active) else {}
        return 200, {"projects": active[start:end], **more}

    def _shown(self, project: str, body: Mapping[str, Any]) -> Reply:
        policy = self.policies[project]
        has_conditions = any("condition" in binding for binding in policy["bindings"])
        if has_conditions and body["options"]["requestedPolicyVersion"] != 3:
            return error(400, "INVALID_ARGUMENT", "ask for version 3 of a policy with conditions")
        return 200, {"version": 3 if has_conditions else 1, **policy}

    def _written(self, project: str, policy: dict[str, Any]) -> Reply:
        if policy.get("etag") != self.policies[project]["etag"]:
            return error(409, "ABORTED", "There were concurrent policy changes.")
        for binding in policy["bindings"]:
            if why := self._objection(binding, policy["version"]):
                return error(400, "INVALID_ARGUMENT", why)
        self.put(project, policy["bindings"])
        return self._shown(project, {"options": {"requestedPolicyVersion": 3}})

    def _objection(self, binding: Mapping[str, Any], version: int) -> str | None:
        for member in binding["members"]:
            if member not in self.users and not member.startswith(("deleted:", "principal://")):
                return f"{member.removeprefix('user:')} does not exist."
        condition = binding.get("condition")
        if condition is None:
            return None
        if version != 3:
            return "conditions need version 3"
        if binding["role"] in _BASIC:
            return "conditions can't be set on basic roles"
        if not _CONDITION.fullmatch(condition["expression"]):
            return "the expression cannot be read"
        return None


def error(code: int, status: str, message: str) -> Reply:
    """A failure, in the words of Google's APIs."""
    return code, {"error": {"code": code, "status": status, "message": message}}
