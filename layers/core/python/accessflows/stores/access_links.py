"""Access links and what their visitors prove, in the table of requests.

pk                       sk          besides
access_links:{flow}      LINK#{id}   the link; version is its chain's last number
proof:{id}               PROOF       a visitor's proof; used_at once it was given"""

from datetime import datetime, timedelta

from accessflows.model.access_link import AccessLink, LinkChange, Proof
from accessflows.model.limits import PAGE_SIZE
from accessflows.model.refusal import NotFound
from accessflows.model.value import Value
from accessflows.settings import Settings
from accessflows.stores.requests import RequestRow, save_link_change
from accessflows.stores.transactions import transact, write

_PROOFS_KEPT_FOR = timedelta(days=7)


class DynamoAccessLinks:
    """Implements actions.access_links.Links. Reads are consistent."""

    def __init__(self, settings: Settings) -> None:
        RequestRow.Meta.table_name = settings.requests_table

    def link(self, flow_id: str, link_id: str) -> AccessLink:
        try:
            row = RequestRow.get(_pk(flow_id), f"LINK#{link_id}", consistent_read=True)
        except RequestRow.DoesNotExist:
            raise NotFound(f"there is no link {link_id} of flow {flow_id!r}") from None
        return AccessLink.model_validate_json(row.document or "")

    def links(self, flow_id: str, after: str | None) -> tuple[AccessLink, ...]:
        rows = RequestRow.query(
            _pk(flow_id),
            RequestRow.sk.startswith("LINK#") if after is None else RequestRow.sk > f"LINK#{after}",
            consistent_read=True,
            limit=PAGE_SIZE,
            page_size=PAGE_SIZE,
        )
        return tuple(AccessLink.model_validate_json(row.document or "") for row in rows)

    def put(self, change: LinkChange) -> None:
        transact(lambda transaction: save_link_change(transaction, change))

    def put_proof(self, proof: Proof) -> None:
        _proof_row(proof).save()

    def proof(self, proof_id: str) -> Proof:
        try:
            row = RequestRow.get(f"proof:{proof_id}", "PROOF", consistent_read=True)
        except RequestRow.DoesNotExist:
            raise NotFound(f"there is no proof {proof_id}") from None
        return Proof.model_validate_json(row.document or "")

    def prove(self, proof: Proof) -> None:
        unused = RequestRow.pk.exists() & RequestRow.used_at.does_not_exist()
        write(lambda: _proof_row(proof).save(condition=unused))


def _proof_row(proof: Proof) -> RequestRow:
    return RequestRow(
        f"proof:{proof.id}",
        "PROOF",
        document=_json(proof),
        used_at=_instant(proof.proved_at) if proof.proved_at else None,
        expires_at=int((proof.asked_at + _PROOFS_KEPT_FOR).timestamp()),
    )


def _pk(flow_id: str) -> str:
    return f"access_links:{flow_id}"


def _instant(instant: datetime) -> str:
    return instant.isoformat()


def _json(value: Value) -> str:
    return value.model_dump_json(by_alias=True, exclude_none=True)
