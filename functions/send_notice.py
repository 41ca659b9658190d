"""Send the notices that wait in the queue. One that fails stays there and is tried again."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import TypeAdapter

from accessflows import wiring
from accessflows.actions.send_change_notice import send_change_notice
from accessflows.actions.send_limit_notice import send_limit_notice
from accessflows.actions.send_notice import Delivery, send_notice
from accessflows.actions.send_proof import send_proof
from accessflows.model.notice import AnyNotice, ChangeNotice, LimitNotice, ProofNotice
from accessflows.notices.links import new_link_id
from accessflows.notices.mail_channel import MailChannel

logger = Logger()
_NOTICES: TypeAdapter[AnyNotice] = TypeAdapter(AnyNotice)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> Any:
    return process_partial_response(
        event=event,
        record_handler=_send,
        processor=BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False),
        context=context,
    )


def _send(record: SQSRecord) -> None:
    notice = _NOTICES.validate_json(record.body)
    about = _about(notice)
    try:
        channel = MailChannel(wiring.mailer(), wiring.link_keys(), wiring.public_url())
        delivery = _delivered(channel, notice)
    except Exception:
        logger.exception("notice not sent", extra=about)
        raise
    if delivery is Delivery.SENT:
        logger.info("notice sent", extra=about)
    else:
        logger.warning("notice skipped", why=delivery, extra=about)


def _delivered(channel: MailChannel, notice: AnyNotice) -> Delivery:
    ports, now = wiring.ports(), wiring.now()
    if isinstance(notice, ProofNotice):
        return send_proof(ports.requests, wiring.access_links(), channel, notice, now)
    if isinstance(notice, ChangeNotice):
        return send_change_notice(ports, wiring.flows(), channel, notice, now=now)
    if isinstance(notice, LimitNotice):
        return send_limit_notice(ports, channel, notice, now=now)
    return send_notice(ports, channel, notice, now=now, new_link_id=new_link_id)


def _about(notice: AnyNotice) -> dict[str, str]:
    if isinstance(notice, ProofNotice):
        return {"kind": "proof"}
    return {"event_id": notice.event_id, "kind": notice.kind, "recipient": notice.recipient_id}
