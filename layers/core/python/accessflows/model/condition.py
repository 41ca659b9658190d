"""Conditions: what is asked of a person, as an admin writes it."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from accessflows.model.value import Text, Value

WITHOUT_VALUES = frozenset({"owner", "grantee_manager"})


class Operator(StrEnum):
    """How a condition compares what is held with what is listed."""

    IS = "is"
    IS_NOT = "is_not"
    CONTAINS = "contains"
    DOES_NOT_CONTAIN = "does_not_contain"
    STARTS_WITH = "starts_with"


NEGATIVE = frozenset({Operator.IS_NOT, Operator.DOES_NOT_CONTAIN})


class Junction(StrEnum):
    """How the conditions of a group are joined."""

    AND = "and"
    OR = "or"


class Condition(Value):
    """One question about one person. `owner` and `grantee_manager` take no values."""

    attribute: Text
    operator: Operator = Operator.IS
    values: tuple[Text, ...] = ()
    source: Text | None = None

    @model_validator(mode="after")
    def _values_where_they_belong(self) -> Self:
        if self.attribute in WITHOUT_VALUES and self.values:
            raise ValueError(f"{self.attribute} takes no values")
        if self.attribute not in WITHOUT_VALUES and not self.values:
            raise ValueError(f"{self.attribute} needs at least one value in `values`")
        return self

    def __str__(self) -> str:
        listed = " or ".join(repr(value) for value in self.values)
        held_by = f" in {self.source}" if self.source else ""
        attribute = self.attribute.removeprefix(":") + held_by
        return f"{attribute} {self.operator.replace('_', ' ')} {listed}".strip()


class Group(Value):
    """Conditions about one person, all (and) or any (or) of which must hold."""

    operator: Junction = Junction.AND
    conditions: tuple[Condition, ...] = Field(min_length=1)

    def __str__(self) -> str:
        return f" {self.operator} ".join(str(condition) for condition in self.conditions)
