"""A small company on the local stack: people who sign in, IAM users with keys, buckets, a mailbox.

What the demo and the stack tests do, a person could do with a browser, a terminal and a mailbox."""

import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from botocore.exceptions import ClientError

from local.stack import LocalStack

T = TypeVar("T")

# How many seconds something may take to be seen: a busy machine is slow, not wrong.
PATIENCE = 120.0


class NotSeen(Exception):
    """What was waited for was not observed in time."""


def wait_for(
    what: str, look: Callable[[], T | None], *, seconds: float = PATIENCE, every: float = 0.3
) -> T:
    """The first answer of `look` that is true. Raises NotSeen after so many seconds."""
    give_up_at = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() >= give_up_at:
            raise NotSeen(f"{what} was not observed within {seconds:.0f} s")
        time.sleep(every)


@dataclass(frozen=True)
class Mail:
    """A mail as it was delivered."""

    to: str
    subject: str
    text: str
    html: str

    @property
    def link(self) -> str:
        """The address the mail asks its reader to open."""
        found = re.search(r"https?://\S+/(?:approve|confirm|status)/\S+", self.text)
        if found is None:
            raise NotSeen(f"the mail {self.subject!r} carries no link")
        return found.group()


@dataclass
class Company:
    """Everyone and everything that a story needs, on one stack."""

    stack: LocalStack
    passwords: dict[str, str] = field(default_factory=dict)
    keys: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    _tokens: dict[str, str] = field(default_factory=dict)

    def hire(self, person_id: str, email: str, *, iam_user: str | None = None) -> None:
        """Give a person of the configuration a sign-in, and an IAM user with a key of its own."""
        cognito: Any = self.stack.client("cognito-idp")
        pool = self.stack.outputs["user_pool_id"]
        password = f"Demo-{secrets.token_urlsafe(12)}-1"
        with suppress(cognito.exceptions.UsernameExistsException):
            cognito.admin_create_user(
                UserPoolId=pool,
                Username=email,
                UserAttributes=[
                    {"Name": "email", "Value": email},
                    {"Name": "email_verified", "Value": "true"},
                ],
                MessageAction="SUPPRESS",
            )
        cognito.admin_set_user_password(
            UserPoolId=pool, Username=email, Password=password, Permanent=True
        )
        self.passwords[person_id] = password
        self._tokens[person_id] = self._sign_in(email, password)
        if iam_user:
            self.keys[person_id] = self._iam_key(iam_user)

    def open_buckets(self, buckets: Mapping[str, Mapping[str, str]]) -> None:
        """Buckets with their tags, an object in each."""
        s3: Any = self.stack.client("s3")
        for name, tags in buckets.items():
            with suppress(s3.exceptions.BucketAlreadyOwnedByYou, s3.exceptions.BucketAlreadyExists):
                s3.create_bucket(Bucket=name)
            tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_set})
            s3.put_object(Bucket=name, Key="report.txt", Body=f"the report in {name}".encode())

    def sync_inventory(self) -> None:
        """What the schedule does every few minutes, now."""
        self.invoke("accessflows-sync-inventory", {})

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """Call a function as the operator. Raises RuntimeError with what it said on failure."""
        functions: Any = self.stack.client("lambda")
        answer = functions.invoke(FunctionName=function, Payload=json.dumps(event))
        said = json.loads(answer["Payload"].read() or "null")
        if answer.get("FunctionError"):
            raise RuntimeError(f"{function}: {said}")
        return said

    # What a person does.

    def call(
        self, person_id: str | None, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any]:
        """The API's status and JSON answer for a person, for nobody where there is no id."""
        if person_id:
            headers["authorization"] = f"Bearer {self._tokens[person_id]}"
        answer = self.http(method, self.stack.outputs["api_url"] + path, json=body, headers=headers)
        return answer.status_code, answer.json() if answer.content else None

    def token(self, person_id: str) -> str:
        """The access token of the person's sign-in."""
        return self._tokens[person_id]

    def ask(self, person_id: str, *buckets: str, **wish: Any) -> dict[str, Any]:
        """Submit a wish to read buckets; the one request that comes of it."""
        body = {"resources": [self.bucket(name) for name in buckets], **wish}
        status, answer = self.call(person_id, "POST", "/access-requests", body)
        if status != 201:
            raise RuntimeError(f"{status}: {answer}")
        (request,) = answer["requests"]
        self.asked.append(request["id"])
        return dict(request)

    def end_all(self, admin_id: str) -> None:
        """Let an admin end what was asked for and still stands, and wait until it is gone."""
        while self.asked:
            path = f"/access-requests/{self.asked.pop()}"
            for end in ("cancel", "revoke"):
                self.call(admin_id, "POST", f"{path}/{end}", {} if end == "revoke" else None)

            def closed(path: str = path) -> bool:
                return "closed_at" in self.call(admin_id, "GET", path)[1]

            wait_for(f"the end of {path}", closed)

    @staticmethod
    def bucket(name: str, *permissions: str) -> dict[str, Any]:
        return {
            "integration": "aws-demo",
            "resource_type": "s3_bucket",
            "resource": name,
            "permissions": list(permissions or ("read",)),
        }

    def request(self, person_id: str, request_id: str) -> dict[str, Any]:
        status, answer = self.call(person_id, "GET", f"/access-requests/{request_id}")
        if status != 200:
            raise RuntimeError(f"{status}: {answer}")
        return dict(answer)

    def wait_until(
        self, person_id: str, request_id: str, *statuses: str, seconds: float = PATIENCE
    ) -> dict[str, Any]:
        """The request once it has one of these statuses.

        Asked for when its row has changed, which costs less to look at, and every two seconds.
        """
        seen: str | None = None
        ask_again_at = 0.0

        def look() -> dict[str, Any] | None:
            nonlocal seen, ask_again_at
            version, now = self._version(request_id), time.monotonic()
            if version == seen and now < ask_again_at:
                return None
            seen, ask_again_at = version, now + 2
            request = self.request(person_id, request_id)
            return request if request["status"] in statuses else None

        return wait_for(f"{request_id} {' or '.join(statuses)}", look, seconds=seconds)

    def _version(self, request_id: str) -> str:
        database: Any = self.stack.client("dynamodb")
        row = database.get_item(
            TableName=self.stack.outputs["tables"]["requests"],
            Key={"pk": {"S": f"request:{request_id}"}, "sk": {"S": "REQUEST"}},
            ProjectionExpression="version",
            ConsistentRead=True,
        )
        return str(row["Item"]["version"]["N"])

    def reads(self, person_id: str, bucket: str) -> bool:
        """Whether the person's own IAM key reads the bucket's object now."""
        s3: Any = self.stack.client("s3", **self.keys[person_id])
        try:
            s3.get_object(Bucket=bucket, Key="report.txt")
        except ClientError as error:
            if error.response["Error"]["Code"] in ("AccessDenied", "403"):
                return False
            raise
        return True

    def policies(self, iam_user: str) -> list[str]:
        """The inline policies on an IAM user."""
        iam: Any = self.stack.client("iam")
        return list(iam.list_user_policies(UserName=iam_user)["PolicyNames"])

    def mails(self, to: str, about: str = "") -> list[Mail]:
        """What reached a mailbox, oldest first; `about` is part of the subject or the text."""
        return [
            mail
            for mail in map(_mail, self.stack.mails())
            if mail.to == to and about in mail.subject + mail.text
        ]

    def wait_for_mail(self, to: str, about: str = "") -> Mail:
        """The newest mail to an address about something, as soon as there is one."""
        return wait_for(f"a mail to {to}", lambda: self.mails(to, about))[-1]

    def http(self, method: str, url: str, **more: Any) -> requests.Response:
        """Fetch an address of the stack. Names under `localhost` need no resolver here."""
        parts = urlsplit(url)
        headers = {**more.pop("headers", {}), "host": parts.netloc}
        local = f"{self.stack.endpoint_url}{parts.path}"
        if parts.query:
            local += f"?{parts.query}"
        return self._http.request(
            method, local, headers=headers, timeout=60, allow_redirects=False, **more
        )

    @cached_property
    def _http(self) -> requests.Session:
        return requests.Session()

    def _sign_in(self, email: str, password: str) -> str:
        cognito: Any = self.stack.client("cognito-idp")
        answer = cognito.admin_initiate_auth(
            UserPoolId=self.stack.outputs["user_pool_id"],
            ClientId=self.stack.outputs["client_id"],
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
        return str(answer["AuthenticationResult"]["AccessToken"])

    def _iam_key(self, iam_user: str) -> dict[str, str]:
        iam: Any = self.stack.client("iam")
        try:
            iam.create_user(UserName=iam_user)
        except iam.exceptions.EntityAlreadyExistsException:
            for key in iam.list_access_keys(UserName=iam_user)["AccessKeyMetadata"]:
                iam.delete_access_key(UserName=iam_user, AccessKeyId=key["AccessKeyId"])
        key = iam.create_access_key(UserName=iam_user)["AccessKey"]
        return {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
        }


def _mail(message: Mapping[str, Any]) -> Mail:
    (to,) = message["To"]
    return Mail(to, message["Subject"], message["BodyText"], message["BodyHtml"])
