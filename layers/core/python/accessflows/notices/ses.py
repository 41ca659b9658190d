"""SES: mail through Amazon Simple Email Service."""

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


class SesMailer:
    """Implements ports.Mailer. sender: an address of a verified identity."""

    def __init__(self, sender: str) -> None:
        self._sender = sender

    def send(self, *, to: str, subject: str, html: str, text: str) -> None:
        self._client.send_email(
            FromEmailAddress=self._sender,
            Destination={"ToAddresses": [to]},
            Content={
                "Simple": {
                    "Subject": {"Data": subject, "Charset": "UTF-8"},
                    "Body": {
                        "Html": {"Data": html, "Charset": "UTF-8"},
                        "Text": {"Data": text, "Charset": "UTF-8"},
                    },
                }
            },
        )

    @cached_property
    def _client(self) -> "SESV2Client":
        import boto3
        from botocore.config import Config

        return boto3.client("sesv2", config=Config(connect_timeout=3, read_timeout=10))
