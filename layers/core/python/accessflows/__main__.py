"""`python -m accessflows validate <directory>`: what is wrong with configuration files."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from accessflows.configuration import ConfigurationErrors, check
from accessflows.connectors.aws_iam import AwsIam
from accessflows.model.configuration import Configuration
from accessflows.model.integration import Kind
from accessflows.rules.validation import Validator

VALIDATORS: Mapping[Kind, Validator] = {Kind.AWS_IAM: AwsIam(settle_for=timedelta(0))}


def main(arguments: Sequence[str] | None = None) -> int:
    """Answers 0 where nothing is wrong, else 1."""
    parser = argparse.ArgumentParser(prog="accessflows")
    commands = parser.add_subparsers(required=True)
    validate = commands.add_parser("validate", help="check a directory of configuration files")
    validate.add_argument("directory", type=Path)
    validate.add_argument("--json", action="store_true", help="answer as JSON")
    asked = parser.parse_args(arguments)
    try:
        configuration = check(asked.directory, VALIDATORS)
    except ConfigurationErrors as refused:
        errors = [error._asdict() for error in refused.errors]
        _say(json.dumps({"errors": errors}, indent=2) if asked.json else str(refused))
        return 1
    counts = _counts(configuration)
    listed = ", ".join(_counted(count, section) for section, count in counts.items())
    _say(json.dumps({"errors": [], **counts}, indent=2) if asked.json else f"ok: {listed}")
    return 0


def _counts(configuration: Configuration) -> Mapping[str, int]:
    return {
        "flows": len(configuration.flows),
        "integrations": len(configuration.integrations),
        "people": len(configuration.people),
        "groups": len(configuration.groups),
    }


def _counted(count: int, section: str) -> str:
    one = {"people": "person"}.get(section, section.removesuffix("s"))
    return f"{count} {one if count == 1 else section}"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
