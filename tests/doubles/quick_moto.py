"""moto, less habits that take half the time of the tests that use it.

It forgets boto3's session at each mock, and with it the descriptions of services, which take long
to read. It looks for each field of an answer of DynamoDB under several names, most of which are in
no such answer. For each query it sorts the whole table, by keys that it compares in Python; before
each transaction it copies one, text by text. At each call it looks through its own methods, and for
each user pool it derives the same key again. What it answers stays the same."""

from functools import cache
from types import SimpleNamespace
from typing import Any

from joserfc import jwk
from moto.cognitoidp import models as cognitoidp_models
from moto.core import responses as core_responses
from moto.core.config import default_user_config
from moto.core.model import Shape
from moto.core.serialize import ResponseSerializer
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

cognitoidp: Any = cognitoidp_models
responses: Any = core_responses
KEY = "cognitoidp/resources/jwks-private.json"

_looked_for = ResponseSerializer.get_value


def _found(self: ResponseSerializer, value: Any, key: str, shape: Shape) -> Any:
    if type(value) is dict and self.operation_model.service_model.service_name == "dynamodb":
        return value.get(key)
    return _looked_for(self, value, key, shape)


def _all_items(table: Table) -> list[Item]:
    """In order of their keys, both of which are strings here, as in all our tables."""
    items = (item for rows in table.items.values() for item in rows.values())
    return sorted(items, key=lambda item: (item.hash_key.value, item.range_key.value))


_cast: Any = DynamoType.cast_value


@property  # type: ignore[misc]  # as moto's own
def _value(self: DynamoType) -> Any:
    return self.value if self.type == "S" else _cast.fget(self)


_copied = DynamoType.__deepcopy__


def _copy(self: DynamoType, memo: dict[int, Any]) -> DynamoType:
    """Texts are replaced, never changed."""
    return self if self.type == "S" else _copied(self, memo)


@cache
def _signing_key() -> Any:
    return jwk.RSAKey.import_key(cognitoidp.load_resource(KEY))


def quicken() -> None:
    default_user_config["core"]["reset_boto3_session"] = False
    ResponseSerializer.get_value = _found  # type: ignore[method-assign]
    Table.all_items = _all_items  # type: ignore[method-assign, assignment]
    DynamoType.cast_value = _value  # type: ignore[method-assign]
    DynamoType.__deepcopy__ = _copy  # type: ignore[method-assign]
    responses.method_names_from_class = cache(responses.method_names_from_class)
    key = SimpleNamespace(import_key=lambda _: _signing_key())
    cognitoidp.jwk = SimpleNamespace(RSAKey=key)
