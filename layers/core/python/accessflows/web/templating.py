"""Templates and style sheets of the pages, read once; everything that is filled in is escaped."""

from datetime import datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from accessflows.model.target import spelled
from accessflows.notices.look import DARK, LIGHT, SANS
from accessflows.notices.words import (
    duration_in_words,
    instant_in_words,
    one_line,
    plain,
    seen_of,
    term_in_words,
)


@cache
def templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("accessflows.web"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        instant=instant,
        plain=plain,
        seen_of=seen_of,
        one_line=one_line,
        lasting=duration_in_words,
        spelled=spelled,
        in_words=term_in_words,
    )
    return environment


def instant(at: datetime) -> Markup:
    """The instant in words, exact to the second where a pointer rests on it. at: aware UTC."""
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        f"{at:%Y-%m-%dT%H:%M:%SZ}", f"{at:%Y-%m-%d %H:%M:%S} UTC", instant_in_words(at)
    )


@cache
def style(name: str = "page.css") -> str:
    """A style sheet, its colours filled in."""
    return templates().get_template(name).render(light=LIGHT, dark=DARK, sans=SANS).strip()
