"""Sealing by a key of AWS KMS: only roles that may use it open what was sealed with it.

The owner's id is part of what is sealed, so that nobody's secret can be put in another's place."""

import base64
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class KmsSeal:
    """Implements ports.Seal. owners: what they are, `person` or `grant`."""

    def __init__(self, key_id: str, owners: str) -> None:
        self._key_id = key_id
        self._owners = owners

    def close(self, text: str, owner_id: str) -> str:
        answer = self._client.encrypt(
            KeyId=self._key_id,
            Plaintext=text.encode(),
            EncryptionContext={self._owners: owner_id},
        )
        return base64.b64encode(answer["CiphertextBlob"]).decode()

    def open(self, sealed: str, owner_id: str) -> str:
        answer = self._client.decrypt(
            KeyId=self._key_id,
            CiphertextBlob=base64.b64decode(sealed),
            EncryptionContext={self._owners: owner_id},
        )
        return answer["Plaintext"].decode()

    @cached_property
    def _client(self) -> "KMSClient":
        import boto3
        from botocore.config import Config

        return boto3.client("kms", config=Config(connect_timeout=3, read_timeout=5))
