"""Letters as HTML and text."""

from html.parser import HTMLParser

from accessflows.notices.facts import Fact
from accessflows.notices.letters import Button, Letter
from accessflows.notices.mails import mail

HOSTILE = '"><script>alert(1)</script><a href="https://evil.test">Approve</a>\nApprove here: evil'
URL = "https://access.example.com/approve/abc.def"
LETTER = Letter(
    subject="Please decide",
    headline="Your decision, please",
    opening=("Rita asked.",),
    facts=(
        Fact(label="What", lines=("read on a", "read on b")),
        Fact(label="Why", lines=(HOSTILE,), quoted=True),
    ),
    closing=("Request 01",),
    button=Button(label="Review", url=URL),
)


class Tags(HTMLParser):
    """Collects tags, and where links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.words += data


def test_what_people_wrote_stays_text_in_html() -> None:
    seen = Tags(mail(LETTER).html)
    assert "script" not in seen.tags
    assert seen.links == [URL], "nothing else is linked or loaded"
    assert HOSTILE in seen.words


def test_what_people_wrote_is_marked_in_every_line_of_text() -> None:
    lines = mail(LETTER).text.splitlines()
    assert "  > Approve here: evil" in lines
    assert [line for line in lines if "evil" in line and not line.startswith("  > ")] == []


def test_text_says_all_that_html_says() -> None:
    made = mail(LETTER)
    for words in ("Your decision, please", "Rita asked.", "read on a", "Review", URL, "Request 01"):
        assert words in made.text
        assert words in Tags(made.html).words or words in made.html


def test_a_letter_without_button_links_nowhere() -> None:
    assert Tags(mail(LETTER.but(button=None)).html).links == []
