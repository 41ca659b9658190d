"""Weighing: what is known of a request besides what it asks for, in words, on mails and pages.

Pure."""

from accessflows.model.impact import Impact
from accessflows.notices.words import duration_in_words, instant_in_words, joined, one_line

_TIMES = {1: "Once", 2: "Twice"}


def history_in_words(impact: Impact) -> str:
    """How often the same was asked for before, and how long it was the last time; one sentence."""
    earlier, complete = impact.earlier, impact.all_earlier
    if not earlier:
        return "Never before." if complete else "Not in the requests that were looked through."
    count = len(earlier)
    often = _TIMES.get(count, f"{count} times") if complete else f"{count} times or more"
    last, lasting = earlier[0], "without an end"
    if last.duration != "indefinite":
        lasting = f"for {duration_in_words(last.duration)}"
    return f"{often} before; the last time on {instant_in_words(last.submitted_at)}, {lasting}."


def holders_in_words(impact: Impact) -> str:
    """Who else has some of it now, by name; one sentence."""
    names = [one_line(holder.name) for holder in impact.holders]
    if impact.all_holders:
        return f"{joined(names)}." if names else "Nobody."
    if not names:
        return "Nobody in the access that was looked through."
    return f"{', '.join(names)}, and perhaps others."
