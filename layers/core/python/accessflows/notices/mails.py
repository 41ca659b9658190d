"""Mails: a letter as HTML and as text."""

from functools import cache
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from accessflows.notices.letters import Letter
from accessflows.notices.look import DARK, LIGHT, SANS

# tone -> (colour of the mark, colour behind it)
_TONES = {
    "calm": ("accent", "tint"),
    "asks": ("amber", "amber_tint"),
    "good": ("accent", "tint"),
    "bad": ("warn", "warn_tint"),
}


class Mail(NamedTuple):
    """A mail but for its addresses."""

    subject: str
    html: str
    text: str


def mail(letter: Letter) -> Mail:
    """The letter as mail. Whatever people wrote stays text: escaped in HTML, marked in text."""
    look = {"light": LIGHT, "dark": DARK, "sans": SANS, "tone": _TONES[letter.tone]}
    html = _templates().get_template("mail.html").render(letter=letter, **look)
    text = _templates().get_template("mail.txt").render(letter=letter)
    return Mail(letter.subject, html, text)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("accessflows.notices"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
