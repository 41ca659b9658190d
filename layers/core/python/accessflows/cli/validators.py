"""What each kind of system says of a configuration, without a call to any."""

from collections.abc import Mapping

from accessflows.connectors.by_kind import Connectors
from accessflows.model.integration import Kind
from accessflows.rules.validation import Validator

VALIDATORS: Mapping[Kind, Validator] = Connectors()
