"""What is guarded against floods: how often somebody may do it."""

from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple


class Guarded(StrEnum):
    """What is counted."""

    SUBMISSIONS = "submissions"
    LINK_POSTS = "link_posts"


class Limit(NamedTuple):
    """How often one may do it in any span of time as long as `within`."""

    guarded: Guarded
    most: int
    within: timedelta
