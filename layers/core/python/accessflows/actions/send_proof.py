"""Send proof: mail a visitor of an access link the link that proves their address, once."""

from datetime import datetime
from typing import Protocol

from accessflows.actions.access_links import Links
from accessflows.actions.send_notice import Delivery
from accessflows.model.access_link import Proof
from accessflows.model.limits import PROOF_FOR
from accessflows.model.notice import ProofNotice
from accessflows.ports import Requests


class ProofChannel(Protocol):
    """A way to reach an address of which nothing else is known."""

    def ask_to_confirm(self, proof: Proof) -> None:
        """Raises if it was not taken."""


def send_proof(
    requests: Requests, links: Links, channel: ProofChannel, notice: ProofNotice, now: datetime
) -> Delivery:
    """What goes wrong on the way rises after the claim is given back, as with every notice."""
    proof = links.proof(notice.proof_id)
    if proof.proved_at is not None or now >= proof.asked_at + PROOF_FOR:
        return Delivery.SETTLED
    claim_id = f"proof:{proof.id}:mail"
    if not requests.claim_notice(claim_id, now):
        return Delivery.CLAIMED
    delivered = False
    try:
        channel.ask_to_confirm(proof)
        delivered = True
    finally:
        if not delivered:
            requests.release_notice(claim_id)
    requests.mark_notice_sent(claim_id, now)
    return Delivery.SENT
