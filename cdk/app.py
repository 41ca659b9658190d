"""The CDK app: `cdk deploy` for the stage `local`, `cdk deploy -c stage=aws` for AWS.

Context: `stage` (local, aws), `config` (the folder of the organisation's files), `python`,
`mail_from`, `public_url`, `callback_urls` (a list, commas between, besides the portal's own),
`port` (of the emulator), `subnets` and `security_groups` (lists: where the functions run that
speak to systems inside the organisation's network)."""

import sys
from pathlib import Path

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from accessflows.configuration import ConfigurationErrors
from cdk.network import network_of
from cdk.organisation import reach_of
from cdk.places import FUNCTIONS, ROOT
from cdk.stack import AccessFlows
from cdk.stage import DEFAULT_PORT, stage_named


def build(app: App) -> AccessFlows:
    """The stack that the app's context asks for, held against cdk-nag's rules."""

    def context(name: str, default: str = "") -> str:
        return str(app.node.try_get_context(name) or default)

    config = ROOT / context("config", "cdk/config")
    stack = AccessFlows(
        app,
        "AccessFlows",
        stage=stage_named(
            context("stage", "local"), context("python") or None, context("port", DEFAULT_PORT)
        ),
        code=Path(context("functions", str(FUNCTIONS))),
        config=config,
        reach=reach_of(config),
        mail_from=context("mail_from", "access@accessflows.example"),
        public_url=context("public_url"),
        network=network_of(context("subnets"), context("security_groups")),
        callback_urls=context("callback_urls", "http://localhost:8400/callback").split(","),
    )
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return stack


def main(app: App) -> int:
    """Synthesize; 1 where the configuration is wrong, after every mistake was told."""
    try:
        build(app)
    except ConfigurationErrors as wrong:
        listed = "".join(f"  {error}\n" for error in wrong.errors)
        sys.stderr.write(f"The configuration is not deployed:\n{listed}")
        return 1
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main(App()))
