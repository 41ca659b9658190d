"""What each kind of system says of a configuration, without a call to any."""

from collections.abc import Mapping
from datetime import timedelta

from accessflows.connectors.aws_iam import AwsIam
from accessflows.model.integration import Kind
from accessflows.rules.validation import Validator

VALIDATORS: Mapping[Kind, Validator] = {Kind.AWS_IAM: AwsIam(settle_for=timedelta(0))}
