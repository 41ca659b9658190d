"""What holds of every page and of every form, whoever sees it and whatever is written there.

A site with something of everything is walked through by its links; each form that is found is
sent: filled in well, with hostile words, and without the right token."""

import csv
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from accessflows.notices.words import plain
from local.screenshots import PAGES
from tests.functions.browser import Seen
from tests.functions.site import STORED, Site, a_site, planted
from tests.functions.walk import (
    Answered,
    Sendable,
    Stop,
    page_of,
    route_of,
    send_all,
    served,
    walk,
)
from tests.pages import TYPED, Control, Page, Sent, changed

# What leads elsewhere, or is a file.
NO_PAGES = {
    *("GET /assets/<name>", "GET /sign-in"),
    *("GET /admin/activity/export", "GET /admin/reports"),
}
# What opens elsewhere than among the pages, or is no page.
BEYOND = {"GET /assets/<name>"}
FORMULAS = ("=", "+", "-", "@")


class Walked(NamedTuple):
    site: Site
    stops: list[Stop]
    forms: dict[str, Answered]

    @property
    def posting(self) -> list[Sendable]:
        return [one.form for one in self.forms.values() if one.form.form.method == "post"]

    @property
    def pages(self) -> Iterator[tuple[str, Page]]:
        """Every page that was seen, and where."""
        for stop in (*self.stops, *(one.stop for one in self.forms.values())):
            if stop.page:
                yield f"{stop.who} at {stop.address}", stop.page


@pytest.fixture(scope="module")
def walked() -> Iterator[Walked]:
    with a_site() as site:
        stops = walk(site)
        yield Walked(site, stops, send_all(site, stops))


@pytest.mark.req("R77.pages")
def test_every_page_is_reached_and_none_of_the_links_is_dead(walked: Walked) -> None:
    dead = [(stop.who, stop.address) for stop in walked.stops if stop.seen.status >= 400]
    assert [address for _, address in dead] == ["/callback"]
    every = {route for route in served() if route.startswith("GET ")}
    assert every - {route_of("GET", stop.address) for stop in walked.stops} == BEYOND


def test_there_is_a_picture_of_every_page() -> None:
    addresses = [way.address for pages in PAGES.values() for way in pages.values()]
    pictured = {route_of("GET", re.sub(r"{\w+}", "01J", address)) for address in addresses}
    every = {route for route in served() if route.startswith("GET ")}
    assert every - pictured == NO_PAGES


@pytest.mark.req("R122.roles")
def test_every_page_leads_admins_and_owners_of_spaces_to_what_they_may_do_and_nobody_else(
    walked: Walked,
) -> None:
    led = {
        (stop.who, "/admin" in stop.page.links)
        for stop in walked.stops
        if stop.page and stop.page.document.xpath("//nav[@aria-label='Pages']")
    }
    owners = {(who, True) for who in ("ada", "alf", "olga", "eve")}
    assert led == owners | {("rita", False), ("anna", False)}
    assert walked.site.visit("olga").get("/admin").location == "/admin/access-flows"


@pytest.mark.req("R77.forms")
def test_every_route_that_takes_a_form_is_reached_by_one_and_takes_it(walked: Walked) -> None:
    every = {route for route in served() if route.startswith("POST ")}
    assert every - {form.route for form in walked.posting} == set()
    refused = {
        what: one.stop.seen.text for what, one in walked.forms.items() if not done(one.stop.seen)
    }
    assert refused == {}


def done(seen: Seen) -> bool:
    return seen.status in (200, 303)


@pytest.mark.req("R77.forms")
def test_every_form_works_as_plain_html(walked: Walked) -> None:
    found = {f"{where}: {flaw}" for where, page in walked.pages for flaw in unusable(page)}
    assert "\n".join(sorted(found)) == ""


def unusable(page: Page) -> Iterator[str]:
    """What somebody without a script could not do with the forms of a page."""
    for form in page.forms:
        for button in form.buttons:
            target = form.target(button)
            if target and not route_of(form.method.upper(), target):
                yield f"{form.method} {target} leads nowhere"
            if not button.label:
                yield f"a button of {form.action} has no name"
        if not form.buttons:
            yield f"{form.action} has no button"
    for element in page.document.iter("input", "select", "textarea", "button"):
        inside = any(one.tag == "form" for one in element.iterancestors())
        if not inside and not element.get("form") and element.get("readonly") is None:
            yield f"{element.get('name')} is in no form"


@pytest.mark.req("R77.forms")
def test_every_field_has_a_label_and_what_describes_it_is_there(walked: Walked) -> None:
    found = {f"{where}: {flaw}" for where, page in walked.pages for flaw in unlabelled(page)}
    assert "\n".join(sorted(found)) == ""


def unlabelled(page: Page) -> Iterator[str]:
    ids = page.document.xpath("//@id")
    yield from (f"id {one} twice" for one in set(ids) if ids.count(one) > 1)
    for form in page.forms:
        for control in (*form.controls, *form.buttons):
            if control.kind != "hidden" and not control.label:
                yield f"{control.name} has no label"
    for name in ("aria-describedby", "aria-labelledby", "for", "list"):
        for named in page.document.xpath(f"//@{name}"):
            yield from (f"{name}={one} is not there" for one in named.split() if one not in ids)
    if len(page.document.xpath("//h1")) != 1:
        yield "has not one heading"


@pytest.mark.req("R77.text")
def test_what_is_stored_is_shown_as_text_everywhere(walked: Walked) -> None:
    found = {f"{where}: {flaw}" for where, page in walked.pages for flaw in taken(page)}
    assert "\n".join(sorted(found)) == ""
    said = "\n".join(page.text for _, page in walked.pages)
    # A test that saw none of it would prove nothing.
    assert {what for what in STORED if f"<planted-{what} " not in said} == set()


def taken(page: Page) -> Iterator[str]:
    """What became of words that are to be text."""
    for element in page.document.iter():
        if not isinstance(element.tag, str):
            continue
        if "planted" in element.tag or any(
            name.startswith(("on", "planted")) for name in element.attrib
        ):
            yield f"an element <{element.tag}> {dict(element.attrib)}"
        if element.tag == "script" and not element.get("src", "").startswith("/assets/"):
            yield f"a script {element.text}"
        for name in ("href", "src", "action", "formaction"):
            if element.get(name, "").strip().lower().startswith(("javascript:", "data:")):
                yield f"{name}={element.get(name)}"
        for name in ("title", "aria-label"):
            if plain(element.get(name, "")) != element.get(name, "").strip():
                yield f"{name} of <{element.tag}> has what is not seen: {element.get(name)[:60]!r}"
    words = page.document.xpath("//text()[not(ancestor::textarea)]")
    yield from (
        f"not seen, but there: {one.strip()[-90:]!r}" for one in words if plain(one) != one.strip()
    )


@pytest.mark.req("R77.text")
def test_what_is_stored_is_shown_as_text_in_mails(walked: Walked) -> None:
    mails = [Page(mail.html) for mail in walked.site.mails]
    assert [flaw for page in mails for flaw in taken(page)] == []
    assert [mail.subject for mail in walked.site.mails if plain(mail.subject) != mail.subject] == []
    said = "\n".join(page.text for page in mails)
    assert all(f"<planted-{what} " in said for what in ("person", "resource", "justification"))


@pytest.mark.req("R77.text")
def test_no_cell_of_a_file_is_a_formula(walked: Walked) -> None:
    files = [s.seen.html for s in walked.stops if "csv" in s.seen.headers.get("Content-Type", "")]
    cells = [cell for file in files for row in csv.reader(io.StringIO(file)) for cell in row]
    assert [cell for cell in cells if cell.startswith(FORMULAS)] == []
    assert any("<planted-" in cell for cell in cells)


HOSTILE = f"{planted('sent')}\x00\u2066</textarea></title><img src=x onerror=planted()>"
TEXTS = {"hostile": HOSTILE, "long": (HOSTILE * 10_000)[:10_000]}


@pytest.mark.req("R77.text", "R77.named")
@pytest.mark.parametrize("text", TEXTS)
def test_hostile_words_in_any_field_are_refused_by_name_or_taken_as_text(
    walked: Walked, text: str
) -> None:
    found = [
        f"{what}, {name}: {flaw}"
        for (what, name), (one, control) in writable(walked, text).items()
        for flaw in sent(walked.site, one, control, TEXTS[text])
    ]
    assert "\n".join(found) == ""


def writable(walked: Walked, text: str) -> dict[tuple[str, str], tuple[Sendable, Control]]:
    """The fields that may hold any text, by what their form does and their name."""
    found: dict[tuple[str, str], tuple[Sendable, Control]] = {}
    for one in (answered.form for answered in walked.forms.values()):
        for control in one.form.controls:
            # What is not typed is read alike, whichever button is pressed; so is what is typed
            # beside the buttons that add and drop rows.
            alike = text != "hostile" or one.button.name in ("add", "drop")
            deed = one.what if control.kind in TYPED and not alike else one.route
            if control.name != "form":
                found.setdefault((deed, control.name), (one, control))
    return found


def sent(site: Site, form: Sendable, control: Control, text: str) -> Iterator[str]:
    """What is wrong with what comes of one field with such words."""
    site.reset()
    seen = form.send(site, changed(form.filled(), control.name, text))
    if seen.status == 303:
        seen = site.visit(form.stop.who).get(seen.location)
    elif seen.status not in (200, 404, *REFUSED):
        yield f"answered {seen.status}"
        return
    page = page_of(seen)
    if page is None:
        return
    yield from taken(page)
    if seen.status in REFUSED:
        yield from unfocused(page)
    if control.kind in TYPED and seen.status in REFUSED and not names(page, control):
        yield f"is refused without being named: {page.text[-300:]}"


REFUSED = (400, 409, 412, 422)


def names(page: Page, control: Control) -> bool:
    """Whether a page that refuses a form says of the field that it is wrong, and why."""
    if page.document.xpath("//h1[.='This was not done']"):
        return f"This was not done {control.label.split()[0]}: " in page.text
    shown = [one for form in page.forms for one in form.controls]
    # What was read of a form may stand in another one, which leads on.
    again = [one for one in shown if one.name == control.name] or shown
    return any(one.element.get("aria-invalid") and page.described(one.element) for one in again)


@pytest.mark.req("R77.named")
def test_a_form_that_comes_back_begins_with_what_is_wrong_in_focus_and_leads_to_its_fields(
    walked: Walked,
) -> None:
    came_back, found = set(), []
    for one in walked.posting:
        walked.site.reset()
        seen = one.send(walked.site, emptied(one))
        page = page_of(seen)
        if page is None or not (seen.status in REFUSED or "cannot be saved yet" in page.text):
            continue
        flaws = list(unfocused(page))
        found += [f"{one.what}: {flaw}" for flaw in flaws]
        if not page.document.xpath("//h1[.='This was not done']"):
            came_back.add(one.deed)
    assert "\n".join(found) == ""
    assert len(came_back) > 20


def words(text: str) -> set[str]:
    """Those that say something."""
    return {*re.findall("[a-z]{2,}", text.casefold())} - {
        "and",
        "be",
        "is",
        "it",
        "of",
        "the",
        "to",
    }


def emptied(one: Sendable) -> Sent:
    """The form with nothing in what one types into, and no box ticked."""
    sent = one.form.untouched(one.button)
    for control in one.form.controls:
        if control.kind in TYPED:
            sent = changed(sent, control.name, "")
        elif control.kind == "checkbox":
            sent = changed(sent, control.name)
    return sent


def unfocused(page: Page) -> Iterator[str]:
    """What keeps somebody from hearing at once what is wrong with a form that came back, and from
    being led to its fields."""
    focused = page.document.xpath("//*[@autofocus]")
    if len(focused) != 1 or focused[0].get("role") != "alert" or focused[0].get("tabindex") != "-1":
        yield f"not the summary alone asks for the focus: {[one.text_content() for one in focused]}"
        return
    if page.document.xpath("count(//*[@role='alert'])") != 1:
        yield "it is told more than once"
    links = {link.get("href").removeprefix("#"): link for link in focused[0].iter("a")}
    led = [one for one in links if page.by_id(one) is not None]
    yield from (f"nothing is called {one}" for one in links if one not in led)
    for one in led:
        said = links[one].text_content()
        legend = " ".join(page.by_id(one).xpath("./legend//text()"))
        called = words(page.label(page.by_id(one)) or legend) | words(one)
        # An entry that is written whole has no other field; its lines are told by number.
        if one != "text" and not words(said) & called:
            yield f"what is said of {one} does not say of what: {said[:100]}"
    for one in page.document.xpath("//*[@aria-invalid='true']"):
        told = (one.get("aria-describedby") or "").split()
        if not {one.get("id"), *(each.removesuffix("-problem") for each in told)} & {*led}:
            yield f"nothing leads to {one.get('id')}"


@pytest.mark.req("R77.own")
@pytest.mark.parametrize("token", ["none", "another's"])
def test_a_form_without_the_token_of_its_session_is_refused_and_changes_nothing(
    walked: Walked, token: str
) -> None:
    site = walked.site
    site.reset()
    given = {
        "none": (),
        "another's": (Page(site.visit("gus").get("/").html).forms[0].controls[0].values[0],),
    }
    answers = {}
    for one in walked.posting:
        if one.stop.who is not None:
            seen = one.send(site, changed(one.filled(), "form", *given[token]))
            answers[one.what] = seen.status
            assert site.kept.are_there, one.what
    assert set(answers.values()) == {403}
    assert len(answers) > 50
