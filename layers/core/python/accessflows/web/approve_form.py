"""The approval page's form, as a browser sends it."""

from typing import NamedTuple
from urllib.parse import parse_qs

from accessflows.model.refusal import BadInput

_MOST_FIELDS = 8
_DECISIONS = {"approve": True, "reject": False}


class Form(NamedTuple):
    """What was sent."""

    approves: bool
    reason: str | None


def parse_form(body: str) -> Form:
    """A urlencoded body. A blank reason is none; line ends count as one character.

    Raises BadInput for a body that is no form of ours.
    """
    try:
        fields = parse_qs(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise BadInput("the form could not be read; send it again") from error
    if any(len(values) > 1 for values in fields.values()) or fields.keys() - {"decision", "reason"}:
        raise BadInput("the form could not be read; send it again")
    decision, reason = (fields.get(name, [""])[0] for name in ("decision", "reason"))
    # Browsers count a line end as one character and send it as two.
    if decision not in _DECISIONS:
        raise BadInput("choose Approve or Reject")
    return Form(_DECISIONS[decision], reason.replace("\r\n", "\n").strip() or None)
