"""The command `accessflows` and its parts."""

import typer

from accessflows.cli.export import export
from accessflows.cli.plan import plan
from accessflows.cli.validate import validate

app = typer.Typer(
    name="accessflows",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Access flows: check a configuration, and see what a change of it would do.",
)
app.command()(validate)
app.command()(plan)
app.command()(export)
