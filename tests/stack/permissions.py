"""What a function's role must be allowed, learned from denials: it begins with nothing, and every
permission it is given back is one whose absence made it fail."""

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from local.company import Company
from tests.stack.insides import configured

# AWS asks a role for these where the emulator does the same by itself, without asking: logs and
# traces, and reading a queue or a stream on a function's behalf. Where a double answers for IAM
# Identity Center, which the emulator has not, nobody asks.
NEVER_ASKED = re.compile(
    r"(logs|xray|identitystore):.*"
    r"|dynamodb:(DescribeStream|GetRecords|GetShardIterator|ListStreams)"
    r"|sqs:(DeleteMessage|GetQueueAttributes|ReceiveMessage)"
)

# What runs in the emulator, beside the functions.
INSIDE = Path(__file__).parent / "privilege" / "inside"

# A function has answered before the emulator has written all that it said.
_LOG_LAGS_SECONDS = 10
# Characters of the log that a failure shows.
_TOLD = 3000


class Permission(NamedTuple):
    """One action on one resource of a role's policy."""

    action: str
    resource: str


class Denial(NamedTuple):
    """What the emulator said of it. tables: among which it was, where a table was asked."""

    action: str
    explicit: bool
    tables: frozenset[str]

    def concerns(self, permission: Permission) -> bool:
        _, _, named = permission.resource.partition(":table/")
        return permission.action == self.action and (
            not self.tables or named.partition("/")[0] in self.tables
        )


class Role:
    """The role of a function in the emulator, which asks it at every call."""

    def __init__(self, company: Company, function: str) -> None:
        self.name = f"accessflows-{function.replace('_', '-')}"
        self._log = company.stack.emulator.log
        iam: Any = company.stack.client("iam")
        self._iam = iam
        self._documents = {
            name: iam.get_role_policy(RoleName=self.name, PolicyName=name)["PolicyDocument"]
            for name in iam.list_role_policies(RoleName=self.name)["PolicyNames"]
        }
        self.granted = {
            Permission(action, resource)
            for document in self._documents.values()
            for statement in document["Statement"]
            for action in _listed(statement["Action"])
            for resource in _listed(statement["Resource"])
            if not NEVER_ASKED.fullmatch(action)
        }
        self.needed: set[Permission] = set()

    def learn(self, act: Callable[[], object]) -> None:
        """Repeat `act` until it is true, with one permission more after each denial.

        Raises AssertionError where it is not true, and nothing that is granted was denied.
        """
        self._allow(self.needed)
        while True:
            done, denial, said = self._watch(act)
            if done:
                return
            assert denial, f"{self.name} failed, and nothing was denied:\n{said[-_TOLD:]}"
            self.needed.add(self._denied(denial, act))
            self._allow(self.needed)

    def restore(self) -> None:
        for name, document in self._documents.items():
            self._put(name, document["Statement"])

    def _denied(self, denied: Denial, act: Callable[[], object]) -> Permission:
        """Which permission it was: a denial tells no index, but whether a statement denies it."""
        suspects = sorted(filter(denied.concerns, self.granted - self.needed))
        assert suspects, f"{self.name} is denied {denied.action}, and is granted no more of it"
        while len(suspects) > 1:
            half = suspects[: len(suspects) // 2]
            self._allow(self.needed, but=half)
            _, denial, _ = self._watch(act)
            assert denial, f"{self.name} is denied {denied.action} once and not again"
            suspects = half if denial.explicit else suspects[len(half) :]
        return suspects[0]

    def _watch(self, act: Callable[[], object]) -> tuple[bool, Denial | None, str]:
        """Whether it worked, the last denial of this role meanwhile, and all that was logged."""
        begins_at = self._log.stat().st_size
        done = bool(act())
        stop_at = time.monotonic() + _LOG_LAGS_SECONDS
        while True:
            said = self._said(begins_at)
            denials = self._denials(said)
            if done or denials or time.monotonic() > stop_at:
                return done, denials[-1] if denials else None, said
            time.sleep(0.2)

    def _said(self, begins_at: int) -> str:
        with self._log.open("rb") as log:
            log.seek(begins_at)
            return log.read().decode(errors="replace")

    def _denials(self, said: str) -> list[Denial]:
        who = (
            r"(?:on table \(([\w,-]+)\) when calling the \w+ operation: User: [\w:]*:)?"
            rf"assumed-role/{self.name}/\S+ is not authorized to perform: ([\w:-]+)( with an expl)?"
        )
        return [
            Denial(action, bool(explicit), frozenset(filter(None, tables.split(","))))
            for tables, action, explicit in re.findall(who, said)
        ]

    def _allow(self, permissions: set[Permission], but: Sequence[Permission] = ()) -> None:
        first, *others = self._documents
        self._put(
            first,
            [
                {"Effect": "Allow", "Action": "logs:*", "Resource": "*"},
                *({"Effect": "Allow", **_statement(p)} for p in sorted(permissions)),
                *({"Effect": "Deny", **_statement(p)} for p in but),
            ],
        )
        for other in others:
            self._iam.delete_role_policy(RoleName=self.name, PolicyName=other)

    def _put(self, name: str, statements: list[dict[str, Any]]) -> None:
        document = {"Version": "2012-10-17", "Statement": statements}
        self._iam.put_role_policy(
            RoleName=self.name, PolicyName=name, PolicyDocument=json.dumps(document)
        )


@contextmanager
def stripped(company: Company, function: str) -> Iterator[Role]:
    """The role with nothing allowed, until the block ends. All it had must have been needed."""
    role = Role(company, function)
    try:
        with _answering(company, role.name):
            yield role
    finally:
        role.restore()
    unneeded = sorted(role.granted - role.needed)
    assert not unneeded, (
        f"{role.name} did all that this test asks of it without what follows. Where nothing needs "
        f"a line, take it from cdk/; else add an act to the test that needs it: {unneeded}"
    )


def _answering(company: Company, function: str) -> AbstractContextManager[None]:
    """The function answers where it would raise, and has kept nothing from before.

    What a warm one keeps, versions of flows and keys, it would not be denied.
    """
    return configured(
        company, function, "answering.handler", PYTHONPATH=str(INSIDE), REAL_HANDLER="{handler}"
    )


def _listed(found: str | list[str]) -> list[str]:
    return [found] if isinstance(found, str) else found


def _statement(permission: Permission) -> dict[str, str]:
    return {"Action": permission.action, "Resource": permission.resource}
