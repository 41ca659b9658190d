"""Send the notices that wait in the queue. One that fails stays there and is tried again."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from accessflows import wiring
from accessflows.actions.send_notice import Delivery, send_notice
from accessflows.model.notice import Notice
from accessflows.notices.links import new_link_id
from accessflows.notices.mail_channel import MailChannel

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> Any:
    return process_partial_response(
        event=event,
        record_handler=_send,
        processor=BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False),
        context=context,
    )


def _send(record: SQSRecord) -> None:
    notice = Notice.model_validate_json(record.body)
    about = {"event_id": notice.event_id, "kind": notice.kind, "recipient": notice.recipient_id}
    try:
        channel = MailChannel(wiring.mailer(), wiring.link_keys(), wiring.public_url())
        delivery = send_notice(
            wiring.ports(), channel, notice, now=wiring.now(), new_link_id=new_link_id
        )
    except Exception:
        logger.exception("notice not sent", extra=about)
        raise
    if delivery is Delivery.SENT:
        logger.info("notice sent", extra=about)
    else:
        logger.warning("notice skipped", why=delivery, extra=about)
