"""Somebody who goes through the pages in a window, by links and by what comes of their forms.

Of pages of one kind one is opened, and of the forms on them that lead to one place one is sent: by
a click on its button, filled in as a person would."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, urljoin, urlsplit

from playwright.sync_api import Locator, Response
from playwright.sync_api import Page as Window

from tests.functions.browser import Seen
from tests.functions.walk import Sendable, Stop, route_of
from tests.pages import Control, Page

WAITS_MS = 20_000
# Links to these give files, or lead away from the pages.
ELSEWHERE = {"GET /admin/reports", "GET /admin/activity/export", "GET /sign-in", ""}
# Of boxes by these names the first is ticked.
TICKED = ("permissions", "request", "scope", "want")
# Where admins find what is others'.
OTHERS = re.compile(r"/admin/.*<(person|token|link)_id>")
# Pages that lead on by the same address are told apart by their headings.
STEPPED = "POST /new"


class Form(NamedTuple):
    """What stands on pages of one kind and leads to one place."""

    page: str
    deed: str


# An address, and the forms that were sent from there on, one after the other.
Way = tuple[str, tuple[Form, ...]]


class Plan(NamedTuple):
    """How forms are sent. written: by where they lead, what is typed into their fields.

    pressed: by the heading of a page, which of several buttons. last: what ends something, by turn.
    """

    written: Mapping[str, Mapping[str, str]]
    pressed: Mapping[str, str]
    last: Sequence[str]


class Walk:
    """What was come by, by all who walk. kinds: of pages. sent: form -> the route that took it.

    gone: forms that were not there any more when they were to be sent. untold: what was sent by
    them is not on the page that came of it. flaws: what was not answered well.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.kinds: set[str] = set()
        self.sent: dict[Form, str] = {}
        self.gone: set[Form] = set()
        self.untold: set[str] = set()
        self.flaws: list[str] = []

    @property
    def deeds(self) -> set[str]:
        return {form.deed for form in self.sent}

    @property
    def routes(self) -> set[str]:
        return set(self.sent.values())


class Walker:
    """mine: parts of addresses of what the walker may change where others' is, too. code: writes a
    one-time code, given the page that asks for it."""

    def __init__(
        self,
        window: Window,
        walk: Walk,
        mine: Sequence[str] = (),
        code: Callable[[Page], str] | None = None,
    ) -> None:
        self.window, self.walk, self.mine, self.code = window, walk, mine, code
        self._found: dict[Form, Way] = {}
        self._at: Way = ("", ())
        self._sent_by_post = False

    def go_through(self, *doors: str) -> None:
        """All that the doors lead to, and at last what ends something."""
        ahead = [*doors]
        while ahead or self._found:
            ready = [form for form in self._found if form.deed not in self.walk.plan.last]
            if ready:
                ahead += self._send(ready[0])
            elif ahead:
                self._open(ahead.pop(0))
                ahead += self._look()
            else:
                ahead += self._send(min(self._found, key=self._turn))

    def _turn(self, form: Form) -> int:
        return self.walk.plan.last.index(form.deed)

    def _open(self, address: str) -> None:
        answer = self.window.goto(address, wait_until="commit")
        self._at, self._sent_by_post = (address, ()), False
        self.walk.kinds.add(kind(self.window.url))
        self._take(f"GET {address}", answer)

    def _look(self) -> list[str]:
        """Note the forms of the page; where its links lead that is of a kind not seen yet."""
        for form, *_ in self._forms():
            # What comes of a form may hold the form again.
            is_again = self._sent_by_post and form.deed != STEPPED and form.deed in self.walk.deeds
            if form not in self.walk.sent and not is_again:
                self._found.setdefault(form, self._at)
        here = urlsplit(self.window.url)
        links = [urlsplit(urljoin(self.window.url, link)) for link in self._shown.links]
        there = [f"{to.path}?{to.query}" for to in links if to[:2] == here[:2] and not to.fragment]
        ahead = []
        for address in there:
            if route_of("GET", address) not in ELSEWHERE and kind(address) not in self.walk.kinds:
                self.walk.kinds.add(kind(address))
                ahead.append(address)
        return ahead

    def _send(self, form: Form) -> list[str]:
        """Send a form from where it was found; what its page leads to."""
        way = self._found.pop(form)
        if self._at != way:
            self._open(way[0])
            for each in way[1]:
                self._press(each)
        if not self._press(form):
            self._at = ("", ())
            self.walk.gone.add(form)
            return []
        self._at = (way[0], (*way[1], form)) if self._sent_by_post else (self.window.url, ())
        return self._look()

    def _press(self, form: Form) -> bool:
        """Fill in and send a form of the page; whether it is there."""
        found = next((one for one in self._forms() if one[0] == form), None)
        if found is None:
            return False
        _, sendable, n, button = found
        self.window.wait_for_load_state()
        element = self.window.locator("form").nth(n)
        pressed = element.locator("button").nth(button)
        typed = self._fill(element, sendable)
        self.walk.sent[form] = sendable.route
        self._unfold(pressed, sendable.button)
        with self.window.expect_navigation(wait_until="commit", timeout=WAITS_MS) as coming:
            pressed.click()
        self._sent_by_post = coming.value.request.method == "POST"
        self._take(f"{form.deed} of {form.page}", coming.value)
        shown = self._shown
        told = [shown.text, *(v for f in shown.forms for c in f.controls for v in c.values)]
        if typed and not any(word in " ".join(text.split()) for word in typed for text in told):
            self.walk.untold.add(form.deed)
        return True

    def _fill(self, element: Locator, sendable: Sendable) -> list[str]:
        """Write what is planned; the words that were typed."""
        typed = []
        written = {**self.walk.plan.written.get(sendable.deed, {})}
        if self.code and "code" in sendable.form.fields:
            written["code"] = self.code(self._shown)
        for control in sendable.form.controls:
            if control.kind == "hidden" or control.name not in written:
                continue
            field, words = element.locator(f'[name="{control.name}"]'), written[control.name]
            self._unfold(field, control)
            if control.kind == "select":
                field.select_option(words)
            else:
                field.fill(words)
                typed += [" ".join(words.split())] if control.name != "code" else []
        for name in TICKED:
            boxes = [one for one in sendable.form.controls if one.name == name]
            if boxes and boxes[0].kind == "checkbox" and not any(box.sent for box in boxes):
                element.locator(f'[name="{name}"]').first.check()
        return typed

    def _unfold(self, element: Locator, control: Control) -> None:
        """Open what an element is folded into."""
        around = list(control.element.iterancestors("details"))
        if all(one.get("open") is not None for one in around):
            return
        folded = element.locator("xpath=ancestor::details[not(@open)]")
        while folded.count():
            folded.first.locator("> summary").click()

    def _forms(self) -> Iterator[tuple[Form, Sendable, int, int]]:
        """Those of the page, with the numbers of the form and of its button."""
        page, here = self._shown, urlsplit(self.window.url)
        address = f"{here.path}?{here.query}"
        stop = Stop(None, address, Seen(200, {}, ""), page)
        wanted = self.walk.plan.pressed.get(self._heading())
        for n, form in enumerate(page.forms):
            for k, button in enumerate(form.buttons):
                sendable = Sendable(stop, form, button)
                if button.element.get("tabindex") == "-1" or not self._is_mine(sendable):
                    continue
                # The hosted pages have forms of their own.
                if not sendable.route:
                    continue
                if sendable.deed == STEPPED and wanted not in (None, button.label):
                    continue
                where = self._heading() if self._sent_by_post else place(address)
                where = "every page" if sendable.deed == "POST /sign-out" else where
                yield Form(where, sendable.deed), sendable, n, k

    def _is_mine(self, sendable: Sendable) -> bool:
        if not OTHERS.search(sendable.route):
            return True
        return any(one in f"{sendable.target}/" for one in self.mine)

    def _take(self, what: str, answer: Response | None) -> None:
        """Keep the page as it has come: nothing but a person changes it."""
        assert answer, what
        self._shown = Page(answer.text())
        if not answer.ok:
            said = self._shown.text[-300:]
            self.walk.flaws.append(f"{what} was answered {answer.status}: {said}")

    def _heading(self) -> str:
        return str(self._shown.document.xpath("string(//h1)")).strip()


def kind(address: str) -> str:
    """The same for pages that differ in what they are about alone."""
    asked = sorted(name for name, _ in parse_qsl(urlsplit(address).query))
    return f"{place(address)} {asked}"


def place(address: str) -> str:
    """The route, with the section that an admin looks at spelled out."""
    path, route = urlsplit(address).path.split("/"), route_of("GET", address)
    section = path[3] if path[2:3] in (["edit"], ["close"], ["new"]) else "".join(path[2:3])
    return route.replace("<path>", section)
