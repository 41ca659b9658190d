"""moto, quickened: it answers the same, and what was read or kept of its rows stays as it was."""

from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.doubles import quick_moto
from tests.doubles.kept_rows import KeptRows
from tests.doubles.tables import TEST_SETTINGS

TABLE = TEST_SETTINGS.requests_table
KEY = {"pk": {"S": "request:1"}, "sk": {"S": "request"}}
ROW = {**KEY, "times": {"N": "1"}}
COUNT: dict[str, Any] = {
    "TableName": TABLE,
    "Key": KEY,
    "UpdateExpression": "SET times = times + :one",
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}
ANOTHER = {**ROW, "sk": {"S": "step:1"}}
QUERY: dict[str, Any] = {
    "TableName": TABLE,
    "KeyConditionExpression": "pk = :pk",
    "ExpressionAttributeValues": {":pk": {"S": "request:1"}},
}
NONE_THERE: dict[str, Any] = {
    "TableName": TABLE,
    "Key": {**KEY, "sk": {"S": "none"}},
    "ConditionExpression": "attribute_exists(pk)",
}
# One after the other; with the words of what is refused.
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_item", {"TableName": TABLE, "Key": KEY, "ConsistentRead": True}),
    ("get_item", {"TableName": TABLE, "Key": NONE_THERE["Key"]}),
    ("batch_get_item", {"RequestItems": {TABLE: {"Keys": [KEY, NONE_THERE["Key"]]}}}),
    ("transact_get_items", {"TransactItems": [{"Get": {"TableName": TABLE, "Key": KEY}}]}),
    ("query", {**QUERY, "Limit": 1, "ReturnConsumedCapacity": "TOTAL"}),
    ("query", {**QUERY, "Select": "COUNT"}),
    ("put_item", {"TableName": TABLE, "Item": ROW, "ReturnValues": "ALL_OLD"}),
    ("put_item", {"TableName": TABLE, "Item": ROW, "ConditionExpression": "sk = pk"}),
    ("put_item", {"TableName": TABLE, "Item": {"pk": {"S": "request:1"}}}),
    ("update_item", {**COUNT, "ReturnValues": "ALL_NEW"}),
    ("transact_write_items", {"TransactItems": [{"Update": COUNT}]}),
    ("transact_write_items", {"TransactItems": [{"ConditionCheck": NONE_THERE}]}),
    ("batch_write_item", {"RequestItems": {TABLE: [{"PutRequest": {"Item": ANOTHER}}]}}),
    ("query", QUERY),
    ("delete_item", {"TableName": TABLE, "Key": KEY, "ReturnValues": "ALL_OLD"}),
    ("query", {**QUERY, "TableName": "none"}),
)


@pytest.fixture
def dynamodb(tables: None) -> Any:
    client = boto3.client("dynamodb")
    client.put_item(TableName=TABLE, Item=ROW)
    return client


def times(dynamodb: Any) -> str:
    return str(dynamodb.get_item(TableName=TABLE, Key=KEY)["Item"]["times"]["N"])


def test_what_was_written_since_is_noticed_and_forgotten(dynamodb: Any) -> None:
    kept = KeptRows("eu-central-1")
    for write in (
        lambda: dynamodb.update_item(**COUNT),
        lambda: dynamodb.delete_item(TableName=TABLE, Key=KEY),
        lambda: dynamodb.put_item(TableName=TABLE, Item=ROW),
    ):
        before = kept.are_there
        write()
        assert (before, kept.are_there) == (True, False)
        kept.restore()
        assert times(dynamodb) == "1"


def test_a_transaction_that_is_refused_leaves_a_row_as_it_was(dynamodb: Any) -> None:
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        dynamodb.transact_write_items(
            TransactItems=[{"Update": COUNT}, {"ConditionCheck": NONE_THERE}]
        )
    assert times(dynamodb) == "1"
    dynamodb.transact_write_items(TransactItems=[{"Update": COUNT}])
    assert times(dynamodb) == "2"


def test_an_update_answers_what_was_there_before(dynamodb: Any) -> None:
    before = dynamodb.update_item(**COUNT, ReturnValues="UPDATED_OLD")
    assert before["Attributes"] == {"times": {"N": "1"}}


def test_it_answers_and_refuses_in_the_words_of_moto(
    dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = KeptRows("eu-central-1")
    quick = [answer(dynamodb, *call) for call in CALLS]
    kept.restore()
    monkeypatch.setattr(BaseClient, "_make_api_call", quick_moto._asked)
    assert [answer(dynamodb, *call) for call in CALLS] == quick
    assert len([one for one in quick if isinstance(one, str)]) == 4


def answer(dynamodb: Any, name: str, asked: dict[str, Any]) -> Any:
    try:
        found = getattr(dynamodb, name)(**asked)
    except ClientError as error:
        return str(error)
    return {key: value for key, value in found.items() if key != "ResponseMetadata"}
