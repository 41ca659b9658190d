"""Ratings of descriptions, in the table of requests, which is where those who ask may write.

pk                sk                               document
ratings:{flow}    {flow version}#{text}#{person}   the person's last opinion of this text
"""

from accessflows.model.rating import Rating
from accessflows.settings import Settings
from accessflows.stores.requests import RequestRow


class DynamoRatings:
    """Ratings in DynamoDB."""

    def __init__(self, settings: Settings) -> None:
        RequestRow.Meta.table_name = settings.requests_table

    def put(self, rating: Rating) -> None:
        document = rating.model_dump_json()
        RequestRow(_pk(rating.flow.id), rating.place, document=document).save()

    def of_flow(self, flow_id: str, *, after: str | None, limit: int) -> tuple[Rating, ...]:
        """By version of flow and text in order. after: a place, exclusive."""
        beyond = None if after is None else RequestRow.sk > after
        rows = RequestRow.query(_pk(flow_id), beyond, limit=limit, consistent_read=True)
        return tuple(Rating.model_validate_json(row.document) for row in rows)


def _pk(flow_id: str) -> str:
    return f"ratings:{flow_id}"
