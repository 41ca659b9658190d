"""What the API shows of ratings."""

from typing import Any

from accessflows.actions.rate import RatingPage
from accessflows.model.rating import Rating


def rating_view(rating: Rating) -> dict[str, Any]:
    return {
        "flow": rating.flow.to_data(),
        "text_version": rating.text_version,
        "text": rating.text,
        "thumb": rating.opinion.thumb.value,
        "comment": rating.opinion.comment,
        "person_id": rating.person_id,
        "at": rating.at.isoformat(),
    }


def ratings_view(page: RatingPage) -> dict[str, Any]:
    return {"ratings": [rating_view(rating) for rating in page.ratings], "cursor": page.cursor}
