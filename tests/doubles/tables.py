"""The four tables as the stack makes them, for moto: keys, indexes, and people to put in them."""

import copy
import os

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from pynamodb.models import Model

from accessflows.actions.put_person import put_group, put_person
from accessflows.model.person import NamedGroup, Person, PersonRecord, Profile
from accessflows.settings import Settings
from accessflows.stores.directory import DynamoDirectory
from accessflows.stores.directory_rows import DirectoryRow
from accessflows.stores.flows import FlowRow
from accessflows.stores.inventory import InventoryRow
from accessflows.stores.requests import RequestRow
from tests.factories import NOON

TEST_SETTINGS = Settings(
    stage="test",
    requests_table="requests",
    flows_table="flows",
    directory_table="directory",
    inventory_table="inventory",
)
_TABLES: dict[type[Model], str] = {
    RequestRow: TEST_SETTINGS.requests_table,
    FlowRow: TEST_SETTINGS.flows_table,
    DirectoryRow: TEST_SETTINGS.directory_table,
    InventoryRow: TEST_SETTINGS.inventory_table,
}


_MADE: dict[str, dict[str, Table]] = {}


def create_tables() -> None:
    """Within moto's mock: the tables of TEST_SETTINGS, empty. Made once for each region."""
    region = os.environ["AWS_DEFAULT_REGION"]
    there = dynamodb_backends[DEFAULT_ACCOUNT_ID][region].tables
    if region not in _MADE:
        for model, name in _TABLES.items():
            model.Meta.table_name = name
            model.create_table(billing_mode="PAY_PER_REQUEST", wait=False)
        _MADE[region] = copy.deepcopy(there)
    there.update(copy.deepcopy(_MADE[region]))


def put_people(directory: DynamoDirectory, *people: Person) -> None:
    """As their one source describes them; other sources keep what they say. Groups are put too."""
    for person in people:
        for group in person.groups:
            named = NamedGroup(id=group.id, name=group.name, source=person.source)
            put_group(directory, group.id, named, NOON)
        known = directory.known(person.id)
        others = known.record.profiles if known.record else {}
        record = PersonRecord(
            id=person.id,
            roles=person.roles,
            profiles={**others, person.source: a_profile(person)},
        )
        put_person(directory, known, record, NOON)


def a_profile(person: Person) -> Profile:
    return Profile(
        name=person.name,
        emails=person.emails,
        active=person.active,
        manager=person.manager,
        groups=tuple(group.id for group in person.groups),
        attributes=person.attributes,
    )
