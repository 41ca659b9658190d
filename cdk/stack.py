"""The stack: which construct is given what. Nothing is decided here."""

from pathlib import Path

from aws_cdk import Stack
from constructs import Construct

from cdk.alarms import Alarms
from cdk.configuration import Configuration
from cdk.credentials import Credentials
from cdk.functions import Functions, pascal_case
from cdk.http_api import HttpApi
from cdk.identity import Identity
from cdk.identity_center import IdentityCenter
from cdk.inline_policies import inline_policies
from cdk.inventory import Inventory
from cdk.layers import Layers
from cdk.leaving import Leaving
from cdk.links import Links
from cdk.logins import Logins
from cdk.machines import Machines
from cdk.mfa import Mfa
from cdk.network import Network
from cdk.notices import Notices
from cdk.on_call import OnCall
from cdk.organisation import Reach
from cdk.outbox import Outbox
from cdk.outputs import write_outputs
from cdk.own_functions import OwnFunctions
from cdk.placing import place
from cdk.schedules import Schedules
from cdk.sign_in import SignIn
from cdk.stage import Stage
from cdk.table_policies import grant_table_actions
from cdk.tables import Tables
from cdk.targets import Targets


class AccessFlows(Stack):
    """config: the folder of the organisation's files.

    reach: the principals, functions, families and secrets that the organisation's files name.
    network: where functions run that speak to private systems.
    public_url: where people reach the product; empty for the API's own address.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        code: Path,
        config: Path,
        reach: Reach,
        network: Network,
        mail_from: str,
        public_url: str,
        callback_urls: list[str],
    ) -> None:
        super().__init__(scope, construct_id, synthesizer=stage.synthesizer())
        tables = Tables(self, "Tables", stage=stage)
        layers = Layers(self, "Layers", stage=stage, families=reach.families)
        functions = Functions(
            self,
            "Functions",
            stage=stage,
            code=str(code),
            layers=layers.both,
            own_layers=layers.own,
            environment=tables.environment(),
            families=reach.families,
        )
        grant_table_actions(functions, tables)
        Targets(self, "Targets", stage=stage, functions=functions, principals=reach.principals)
        OwnFunctions(self, "OwnFunctions", functions=functions, reached=reach.functions)
        Credentials(self, "Credentials", functions=functions, secrets=reach.secrets)
        IdentityCenter(
            self,
            "IdentityCenter",
            functions=functions,
            assigned=reach.assigned,
            groups=reach.groups,
        )
        place(functions, network)
        OnCall(self, "OnCall", functions=functions, secrets=reach.on_call_secrets)
        Mfa(self, "Mfa", stage=stage, functions=functions)
        Logins(self, "Logins", stage=stage, functions=functions)
        http_api = HttpApi(self, "HttpApi", stage=stage, functions=functions)
        portal_url = public_url.rstrip("/") or stage.api_url(http_api.api_id)
        sign_in = SignIn(
            self,
            "SignIn",
            stage=stage,
            functions=functions,
            portal_url=portal_url,
            callback_urls=callback_urls,
        )
        Links(
            self,
            "Links",
            stage=stage,
            functions=functions,
            http_api=http_api,
            public_url=public_url,
        )
        machines = Machines(self, "Machines", stage=stage, functions=functions)
        outbox = Outbox(
            self,
            "Outbox",
            stage=stage,
            tables=tables,
            functions=functions,
            machines=machines,
        )
        notices = Notices(
            self,
            "Notices",
            stage=stage,
            functions=functions,
            bus=outbox.bus,
            mail_from=mail_from,
        )
        Leaving(self, "Leaving", bus=outbox.bus, off_board=functions["off_board"])
        Schedules(self, "Schedules", functions=functions)
        Identity(self, "Identity", pull_people=functions["pull_people"])
        configuration = Configuration(
            self,
            "Configuration",
            stage=stage,
            folder=config,
            apply_config=functions["apply_config"],
        )
        Inventory(
            self,
            "Inventory",
            sync_inventory=functions["sync_inventory"],
            after=configuration.applied,
        )
        Alarms(
            self,
            "Alarms",
            dead_letters={"Outbox": outbox.dead_letters, "Notice": notices.dead_letters},
            must_not_fail={
                "OffBoard": functions["off_board"],
                "PullPeople": functions["pull_people"],
                "SettleGroups": functions["settle_groups"],
                "Sweep": functions["sweep"],
                "SweepLeavers": functions["sweep_leavers"],
                **{
                    f"Revoke{pascal_case(family)}": function
                    for family, function in functions.by_family("revoke").items()
                },
            },
        )
        write_outputs(
            self,
            tables=tables,
            sign_in=sign_in,
            http_api=http_api,
            portal_url=portal_url,
            machines=machines,
            outbox=outbox,
            notices=notices,
        )
        inline_policies(self)
