"""What a function's role must be allowed, learned from denials: it begins with nothing, and every
permission it is given back is one whose absence made it fail."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from local.company import Company

# AWS asks a role for these where the emulator does the same by itself, without asking: logs and
# traces, and reading a queue or a stream on a function's behalf.
NEVER_ASKED = re.compile(
    r"(logs|xray):.*"
    r"|dynamodb:(DescribeStream|GetRecords|GetShardIterator|ListStreams)"
    r"|sqs:(DeleteMessage|GetQueueAttributes|ReceiveMessage)"
)


class Permission(NamedTuple):
    """One action on one resource of a role's policy."""

    action: str
    resource: str


class Denial(NamedTuple):
    action: str
    explicit: bool


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
            done, denial = self._watch(act)
            if done:
                return
            assert denial, f"{self.name} failed, and nothing was denied"
            self.needed.add(self._denied(denial.action, act))
            self._allow(self.needed)

    def restore(self) -> None:
        for name, document in self._documents.items():
            self._put(name, document["Statement"])

    def _denied(self, action: str, act: Callable[[], object]) -> Permission:
        """Which permission it was: a denial names the action, and whether a statement denies it."""
        suspects = sorted(p for p in self.granted - self.needed if p.action == action)
        assert suspects, f"{self.name} is denied {action}, and is granted no more of it"
        while len(suspects) > 1:
            half = suspects[: len(suspects) // 2]
            self._allow(self.needed, but=half)
            _, denial = self._watch(act)
            assert denial, f"{self.name} is denied {action} once and not again"
            suspects = half if denial.explicit else suspects[len(half) :]
        return suspects[0]

    def _watch(self, act: Callable[[], object]) -> tuple[bool, Denial | None]:
        """Whether it worked, and the last denial of this role meanwhile."""
        begins_at = self._log.stat().st_size
        done = bool(act())
        with self._log.open("rb") as log:
            log.seek(begins_at)
            said = log.read().decode(errors="replace")
        who = (
            rf"assumed-role/{self.name}/\S+ is not authorized to perform: ([\w:-]+)( with an expl)?"
        )
        denials = [Denial(action, bool(expl)) for action, expl in re.findall(who, said)]
        return done, denials[-1] if denials else None

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
        yield role
    finally:
        role.restore()
    unneeded = sorted(role.granted - role.needed)
    assert not unneeded, (
        f"{role.name} did all that this test asks of it without these: take them from cdk/grants.py"
        f", or ask for what needs them: {unneeded}"
    )


def _listed(found: str | list[str]) -> list[str]:
    return [found] if isinstance(found, str) else found


def _statement(permission: Permission) -> dict[str, str]:
    return {"Action": permission.action, "Resource": permission.resource}
