"""Impact: what an approver should know of a request besides what it asks for."""

from datetime import datetime
from typing import NamedTuple

from accessflows.model.request import AccessRequest


class Holder(NamedTuple):
    """Somebody who has some of the same access now. ends_at: none where it stays."""

    name: str
    ends_at: datetime | None


class Impact(NamedTuple):
    """Who had, and who has, some of what is asked for. The same is a permission on a resource.

    earlier: what the grantee was asked for before, newest first.
    holders: other people, by name in order.
    all_earlier, all_holders: false where there are, or may be, further ones.
    """

    earlier: tuple[AccessRequest, ...] = ()
    all_earlier: bool = True
    holders: tuple[Holder, ...] = ()
    all_holders: bool = True
