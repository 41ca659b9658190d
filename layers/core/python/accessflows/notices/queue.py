"""The queue in which notices wait until they are sent, one message each."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from accessflows.model.notice import AnyNotice

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_MOST_IN_A_BATCH = 10


class NotQueued(Exception):
    """The queue did not take some of the notices."""


class SqsNoticeQueue:
    """Implements ports.NoticeQueue."""

    def __init__(self, url: str) -> None:
        self._url = url

    def put(self, notices: Sequence[AnyNotice]) -> None:
        """In batches of ten. Raises NotQueued after all were tried.

        Putting all again is harmless: whoever sends claims the notice first.
        """
        failed: list[str] = []
        for start in range(0, len(notices), _MOST_IN_A_BATCH):
            batch = notices[start : start + _MOST_IN_A_BATCH]
            answer = self._client.send_message_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(i), "MessageBody": notice.model_dump_json(exclude_none=True)}
                    for i, notice in enumerate(batch)
                ],
            )
            failed += [entry.get("Code", "unknown") for entry in answer.get("Failed", [])]
        if failed:
            reasons = ", ".join(sorted(set(failed)))
            raise NotQueued(f"{len(failed)} of {len(notices)} notices were not queued: {reasons}")

    @cached_property
    def _client(self) -> "SQSClient":
        import boto3
        from botocore.config import Config

        return boto3.client("sqs", config=Config(connect_timeout=3, read_timeout=10))
