"""Ratings: what people think of a flow's generated description."""

import hashlib
from enum import StrEnum

from accessflows.model.flow import FlowVersion
from accessflows.model.person import PersonId
from accessflows.model.value import Instant, Text, Value


class Thumb(StrEnum):
    """Whether the text helped."""

    UP = "up"
    DOWN = "down"


class Opinion(Value):
    """What a person says of the text."""

    thumb: Thumb
    comment: Text | None = None


class Rating(Value):
    """A person's opinion of one text. The same text is one version of the description.

    flow: the version that the text was made from.
    """

    flow: FlowVersion
    text: str
    person_id: PersonId
    opinion: Opinion
    at: Instant

    @property
    def text_version(self) -> str:
        """Of the text itself: the names of integrations stand in it, too."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

    @property
    def place(self) -> str:
        """Where it stands among the flow's: one a person and text."""
        return f"{self.flow.version:06d}#{self.text_version}#{self.person_id}"
