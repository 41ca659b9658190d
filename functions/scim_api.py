"""The API that identity providers push people and groups to: SCIM 2.0, a bearer token a source."""

from typing import Any

from aws_lambda_powertools import Logger

from accessflows import wiring
from accessflows.actions.tokens import source_of
from accessflows.web.scim import serve
from accessflows.web.scim_storage import DirectoryStorage

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    answer = serve(event, wiring.public_url(), storage, failed)
    logger.info("answered", route=event.get("routeKey"), status=answer["statusCode"])
    return answer


def failed(fault: Exception) -> None:
    logger.error("the call failed", exc_info=fault)


def storage(authorization: str | None) -> DirectoryStorage | None:
    """What the bearer may reach: the entries of their own source, nothing else."""
    source = source_of(
        wiring.tokens(),
        lambda: wiring.flows().current_set().settings,
        authorization,
        wiring.now(),
    )
    if source is None:
        return None
    return DirectoryStorage(wiring.sources(), source, wiring.now, wiring.new_id)
