"""moto, less habits that take half the time of the tests that use it.

At each mock it forgets boto3's session, and with it the descriptions of services, which take long
to read; and it gets ready for who asks AWS without boto3. What is asked about rows of DynamoDB
travels as a signed message, which takes longer than the answer. For each query it sorts the whole
table, by keys that it compares in Python, and copies what it found; before each transaction it
copies a table, text by text. Here a row is copied only when it is updated, and never changed. At
each call moto looks through its own methods, and for each user pool it derives the same key again.
What it answers stays the same."""

import copy
import json
from collections import defaultdict
from functools import cache
from types import SimpleNamespace
from typing import Any

from botocore import xform_name
from botocore.client import BaseClient
from joserfc import jwk
from moto.cognitoidp import models as cognitoidp_models
from moto.core import responses as core_responses
from moto.core.config import default_user_config
from moto.core.model import Shape
from moto.core.models import DEFAULT_ACCOUNT_ID, RESPONSES_METHODS, botocore_stubber
from moto.core.serialize import ResponseSerializer
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

cognitoidp: Any = cognitoidp_models
responses: Any = core_responses
# By partition and sort key.
Rows = defaultdict[Any, dict[Any, Any]]
KEY = "cognitoidp/resources/jwks-private.json"

ABOUT_ROWS = {
    ("dynamodb", name)
    for name in (
        *("BatchGetItem", "GetItem", "Query", "TransactGetItems"),
        *("BatchWriteItem", "DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem"),
    )
}

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


_copied_value = DynamoType.__deepcopy__
_copied_item = Item.__deepcopy__
_updated = DynamoDBBackend.update_item
_asked = BaseClient._make_api_call  # type: ignore[attr-defined]  # stubs leave it out


def _copy(self: DynamoType, memo: dict[int, Any]) -> DynamoType:
    """Texts are replaced, never changed."""
    return self if self.type == "S" else _copied_value(self, memo)


def copied(items: Rows) -> Rows:
    """The same rows of a table: none is changed any more."""
    return defaultdict(dict, ((key, rows.copy()) for key, rows in items.items()))


def _copy_table(self: Table, memo: dict[int, Any]) -> Table:
    other = copy.copy(self)
    other.items = copied(self.items)
    return other


def _update(self: DynamoDBBackend, table_name: str, key: Any, *how: Any, **more: Any) -> Item:
    """A copy of the row is changed, in its place."""
    table = self.get_table(table_name)
    rows = table.items[DynamoType(key[table.hash_key_attr])]
    sort = DynamoType(key[table.range_key_attr])
    if sort in rows:
        rows[sort] = _copied_item(rows[sort], {})
    return _updated(self, table_name, key, *how, **more)


def _ask(self: Any, name: str, params: dict[str, Any]) -> Any:
    """Rows are asked for without a message in between. What moto refuses is asked again with one,
    which says why."""
    if not (
        botocore_stubber.enabled and (self.meta.service_model.service_name, name) in ABOUT_ROWS
    ):
        return _asked(self, name, params)
    operation = self.meta.service_model.operation_model(name)
    request = self._serializer.serialize_to_request(params, operation)
    handler = DynamoHandler()
    handler.current_account, handler.region = DEFAULT_ACCOUNT_ID, self.meta.region_name
    handler.body = handler.params = json.loads(request["body"])
    try:
        answer = getattr(handler, xform_name(name))().result
    except Exception:
        return _asked(self, name, params)
    told = {key: answer[key] for key in operation.output_shape.members if key in answer}
    return json.loads(json.dumps(told)) | {"ResponseMetadata": {"HTTPStatusCode": 200}}


@cache
def _signing_key() -> Any:
    return jwk.RSAKey.import_key(cognitoidp.load_resource(KEY))


def quicken() -> None:
    RESPONSES_METHODS.clear()
    default_user_config["core"]["reset_boto3_session"] = False
    ResponseSerializer.get_value = _found  # type: ignore[method-assign]
    Table.all_items = _all_items  # type: ignore[method-assign, assignment]
    DynamoType.cast_value = _value  # type: ignore[method-assign]
    DynamoType.__deepcopy__ = _copy  # type: ignore[method-assign]
    Item.__deepcopy__ = lambda self, memo: self  # type: ignore[method-assign]
    Table.__deepcopy__ = _copy_table  # type: ignore[attr-defined]
    BaseClient._make_api_call = _ask  # type: ignore[attr-defined]  # stubs leave it out
    DynamoDBBackend.update_item = _update  # type: ignore[method-assign]
    responses.method_names_from_class = cache(responses.method_names_from_class)
    key = SimpleNamespace(import_key=lambda _: _signing_key())
    cognitoidp.jwk = SimpleNamespace(RSAKey=key)
