"""The mail channel: tidings become a letter, the letter a mail, and the mailer takes it."""

from collections.abc import Mapping, Sequence

from accessflows.model.access_link import Proof
from accessflows.model.event import Event
from accessflows.model.notice import NoticeKind
from accessflows.model.person import Person
from accessflows.model.proposed_change import ProposedChange
from accessflows.notices.change_letters import write_change
from accessflows.notices.letters import Letter, confirm_address, write
from accessflows.notices.limit_letters import write_limit
from accessflows.notices.links import Purpose, sign
from accessflows.notices.mails import mail
from accessflows.notices.personal_letters import write_personal
from accessflows.ports import Mailer, Tidings


class MailChannel:
    """Implements ports.Channel, and tells of changes and limits.

    public_url: where links lead, without a slash at its end.
    """

    name = "mail"

    def __init__(self, mailer: Mailer, link_keys: Sequence[str], public_url: str) -> None:
        self._mailer = mailer
        self._link_keys = link_keys
        self._public_url = public_url

    def deliver(self, tidings: Tidings) -> None:
        """Mail to the recipient's first address."""
        self._send(self._letter(tidings), tidings.recipient.email)

    def deliver_change(
        self, change: ProposedChange, recipient: Person, people: Mapping[str, Person]
    ) -> None:
        """Mail of a change that waits for its reader, or was decided."""
        self._send(write_change(change, people), recipient.email)

    def deliver_limit(self, event: Event, about: Person | None, recipient: Person) -> None:
        """Mail of who did something too often."""
        self._send(write_limit(event, about), recipient.email)

    def ask_to_confirm(self, proof: Proof) -> None:
        """Mail the one link that proves the address to the address."""
        token = sign(proof.id, self._link_keys, Purpose.PROOF)
        self._send(confirm_address(f"{self._public_url}/confirm/{token}"), proof.email)

    def _send(self, letter: Letter, to: str) -> None:
        composed = mail(letter)
        self._mailer.send(to=to, subject=composed.subject, html=composed.html, text=composed.text)

    def _letter(self, tidings: Tidings) -> Letter:
        if tidings.dossier is None:
            return write_personal(
                tidings.kind, tidings.about or tidings.recipient, tidings.recipient
            )
        return write(
            tidings.kind,
            tidings.dossier,
            tidings.recipient,
            url=self._url(tidings),
            access_details=tidings.access_details,
            on_behalf_of=tidings.on_behalf_of,
            impact=tidings.impact,
            status_url=self._status_url(tidings.recipient, tidings.dossier.request.id),
        )

    def _url(self, tidings: Tidings) -> str | None:
        """Where what is asked for is done; outsiders have a page of their own."""
        if tidings.link:
            return f"{self._public_url}/approve/{sign(tidings.link.id, self._link_keys)}"
        if tidings.kind is NoticeKind.MFA_ASKED and tidings.dossier:
            return f"{self._public_url}/account/confirm/{tidings.dossier.request.id}"
        return None

    def _status_url(self, recipient: Person, request_id: str) -> str | None:
        """Only for who has no account."""
        if not recipient.is_external:
            return None
        return f"{self._public_url}/status/{sign(request_id, self._link_keys, Purpose.STATUS)}"
