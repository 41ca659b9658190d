"""Visit: an outsider comes by an access link, proves an address, and asks.

link --(name, address)--> mail --(confirm, once)--> visit of an hour --(form)--> submit

Reading changes nothing anywhere here. What a link, its flow and the person allow is asked anew at
each step."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, Protocol

from accessflows.actions.access_links import Links
from accessflows.actions.contend import decide_anew
from accessflows.actions.put_person import PeopleStore, put_person
from accessflows.actions.submit import submit
from accessflows.model.access_link import AccessLink, Proof
from accessflows.model.flow import AccessFlow
from accessflows.model.limits import PROOF_FOR, VISIT_FOR
from accessflows.model.notice import ProofNotice
from accessflows.model.person import OUTSIDER, Person, PersonRecord, Profile, Role
from accessflows.model.refusal import LinkRefused, NotFound
from accessflows.model.request import AccessRequest
from accessflows.model.wish import Wish
from accessflows.ports import Lost, NoticeQueue, Ports
from accessflows.rules.access_links import refuse_address, refuse_closed


class OutsiderStore(PeopleStore, Protocol):
    """What is needed of the directory to make an outsider."""

    def person_with_email(self, email: str) -> Person | None: ...


class OpenedLink(NamedTuple):
    """A link that lets people in now, and the flow it leads to."""

    link: AccessLink
    flow: AccessFlow


class Visit(NamedTuple):
    """Somebody who proved an address, and may ask by the link they came by."""

    proof: Proof
    person: Person
    link: AccessLink
    flow: AccessFlow


def open_access_link(ports: Ports, links: Links, place: str, now: datetime) -> OpenedLink:
    """What a link leads to. place: as `place_of` wrote it. Raises LinkRefused."""
    flow_id, _, link_id = place.rpartition("/")
    try:
        link = links.link(flow_id, link_id)
    except NotFound as error:
        raise LinkRefused("this link is not known") from error
    flow = next((flow for flow in ports.flows.current() if flow.id == link.flow_id), None)
    refuse_closed(link, flow, now)
    if flow is None:
        raise LinkRefused("what this link leads to is closed")
    return OpenedLink(link, flow)


def place_of(link: AccessLink) -> str:
    """What the signature of a link's address stands around."""
    return f"{link.flow_id}/{link.id}"


def ask_for_proof(
    ports: Ports,
    links: Links,
    queue: NoticeQueue,
    opened: OpenedLink,
    *,
    name: str,
    email: str,
    now: datetime,
    new_id: Callable[[], str],
) -> bool:
    """Have a mail sent to the address, once in two minutes; whether this call did.

    Raises LinkRefused for an address that the link does not let in.
    """
    refuse_address(opened.link, email)
    address = hashlib.sha256(email.lower().encode()).hexdigest()[:32]
    if not ports.requests.claim_notice(f"proof:{opened.link.id}:{address}", now):
        return False
    proof = Proof(
        id=new_id(),
        flow_id=opened.flow.id,
        link_id=opened.link.id,
        name=name,
        email=email,
        asked_at=now,
    )
    links.put_proof(proof)
    queue.put([ProofNotice(proof_id=proof.id)])
    return True


def open_proof(ports: Ports, links: Links, proof_id: str, now: datetime) -> Proof:
    """A proof that can be given now. Raises LinkRefused."""
    proof = _proof(links, proof_id)
    if proof.proved_at is not None:
        raise LinkRefused("this link was used already; it works once")
    if now >= proof.asked_at + PROOF_FOR:
        raise LinkRefused("this link is older than half an hour, and does not work any more")
    opened = open_access_link(ports, links, f"{proof.flow_id}/{proof.link_id}", now)
    refuse_address(opened.link, proof.email)
    return proof


def prove(ports: Ports, links: Links, people: OutsiderStore, proof_id: str, now: datetime) -> Proof:
    """Take the address as proved: its outsider is in the directory, and their visit begins.

    Raises LinkRefused where the proof cannot be given, or the address is of somebody who signs in.
    """
    proof = open_proof(ports, links, proof_id, now)
    if people.person_with_email(proof.email) is not None:
        raise LinkRefused(
            f"{proof.email} belongs to somebody who signs in here; sign in, and ask there"
        )
    given = proof.but(proved_at=now, person_id=outsider_id(proof.email))
    decide_anew(lambda: _put_outsider(people, given, now))
    try:
        links.prove(given)
    except Lost as error:
        raise LinkRefused("this link was used already; it works once") from error
    return given


def open_visit(ports: Ports, links: Links, proof_id: str, now: datetime) -> Visit:
    """The visit that a proof began. Raises LinkRefused once it is over, or the link is closed."""
    proof = _proof(links, proof_id)
    if proof.proved_at is None or proof.person_id is None:
        raise LinkRefused("the address behind this link was not confirmed")
    if now >= proof.proved_at + VISIT_FOR:
        raise LinkRefused("this visit is over; open the access link again to ask for more")
    link, flow = open_access_link(ports, links, f"{proof.flow_id}/{proof.link_id}", now)
    person = ports.directory.people([proof.person_id]).get(proof.person_id)
    if person is None or not person.active:
        raise LinkRefused("this address may not ask any more")
    return Visit(proof, person, link, flow)


def submit_visit(
    ports: Ports,
    links: Links,
    visit: Visit,
    wish: Wish,
    *,
    idempotency_key: str,
    now: datetime,
    new_id: Callable[[], str],
) -> tuple[AccessRequest, ...]:
    """Ask as anybody asks, by the link's flow alone; it is used once more with it.

    Raises what submit raises, LinkRefused among it.
    """

    def once() -> tuple[AccessRequest, ...]:
        return submit(
            ports,
            wish,
            caller_id=visit.person.id,
            idempotency_key=idempotency_key,
            now=now,
            new_id=new_id,
            link=links.link(visit.link.flow_id, visit.link.id),
        )

    return decide_anew(once)


def outsider_id(email: str) -> str:
    """The one id of an address, so that proving it twice makes one person."""
    return f"outsider-{hashlib.sha256(email.lower().encode()).hexdigest()[:32]}"


def _put_outsider(people: OutsiderStore, proof: Proof, now: datetime) -> None:
    known = people.known(outsider_id(proof.email))
    record = PersonRecord(
        id=outsider_id(proof.email),
        roles=(Role.EXTERNAL,),
        profiles={OUTSIDER: Profile(name=proof.name, emails=(proof.email,))},
    )
    if known.record and any(not profile.active for profile in known.record.profiles.values()):
        raise LinkRefused("this address may not ask any more")
    put_person(people, known, record, now)


def _proof(links: Links, proof_id: str) -> Proof:
    try:
        return links.proof(proof_id)
    except NotFound as error:
        raise LinkRefused("this link is not known any more") from error
