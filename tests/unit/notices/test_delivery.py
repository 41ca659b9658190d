"""The adapters: SQS and SES, against moto."""

import json

import boto3
import pytest
from moto import mock_aws
from moto.ses.models import ses_backends

from accessflows.model.notice import Notice, NoticeKind
from accessflows.notices.queue import NotQueued, SqsNoticeQueue
from accessflows.notices.ses import SesMailer


def notices(count: int) -> list[Notice]:
    return [
        Notice(
            event_id="request:01#1",
            request_id="01",
            kind=NoticeKind.APPROVAL_ASKED,
            recipient_id=f"p{n}",
        )
        for n in range(count)
    ]


@mock_aws
def test_each_notice_becomes_one_message() -> None:
    sqs = boto3.client("sqs", region_name="eu-central-1")
    url = sqs.create_queue(QueueName="notices")["QueueUrl"]
    SqsNoticeQueue(url).put(notices(23))
    bodies = []
    while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [message["Body"] for message in got]
    assert sorted(map(Notice.model_validate_json, bodies), key=str) == sorted(notices(23), key=str)
    assert set(json.loads(bodies[0])) == {"event_id", "request_id", "kind", "recipient_id"}


def test_messages_that_the_queue_did_not_take_are_an_error_after_all_were_tried() -> None:
    class HalfDeaf:
        calls = 0

        def send_message_batch(self, QueueUrl: str, Entries: list[dict]) -> dict:  # noqa: N803
            self.calls += 1
            return {"Failed": [{"Id": "0", "Code": "InternalError"}]} if self.calls == 1 else {}

    queue, client = SqsNoticeQueue("url"), HalfDeaf()
    queue.__dict__["_client"] = client
    with pytest.raises(NotQueued, match="1 of 12 notices were not queued: InternalError"):
        queue.put(notices(12))
    assert client.calls == 2


@mock_aws
def test_mail_goes_out_in_html_and_text() -> None:
    boto3.client("sesv2", region_name="eu-central-1").create_email_identity(
        EmailIdentity="access@example.com"
    )
    SesMailer("access@example.com").send(
        to="rita@example.com", subject="Zugang für Rita", html="<p>ja</p>", text="ja"
    )
    (sent,) = ses_backends["123456789012"]["eu-central-1"].sent_messages
    assert sent.destinations["ToAddresses"] == ["rita@example.com"]
    assert (sent.source, sent.subject) == ("access@example.com", "Zugang für Rita")
