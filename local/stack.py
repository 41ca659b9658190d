"""The local stack: `python -m local.stack start|deploy|stop|kill|mail`, on port $PORT or 4566.

Stacks on different ports live side by side: state, assembly and outputs are under .local/{port}."""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.emulator import ACCESS_KEY, REGION, ROOT, Emulator, EmulatorError, forget

if TYPE_CHECKING:
    from botocore.client import BaseClient

DEFAULT_PORT = 4566
STACK = "AccessFlows"
DEPLOYED = "/local/deployed-from"
# What a folder holds that belongs to its own emulator, or to the deployment's making.
NOT_STATE = {"cdk.log", "cdk.out", "emulator.log", "emulator.pid", "lock", "outputs.json", "tmp"}
DEPLOYED_FROM = (
    "cdk",
    "cdk.json",
    "functions",
    "layers/core",
    "layers/deps",
    "package-lock.json",
    "requirements/dev.txt",
    "requirements/emulator.txt",
    "statemachines",
)


class DeploymentError(Exception):
    """`cdk` failed; it has said why on stderr."""


class LocalStack:
    """The emulator at a port, and the stack deployed into it.

    announced: whether `.local/stack.json` tells of it, as of the last one deployed.
    """

    def __init__(self, port: int | None = None, *, announced: bool = True) -> None:
        self.announced = announced
        self.port = port or int(os.environ.get("PORT") or DEFAULT_PORT)
        self.folder = ROOT / ".local" / str(self.port)
        self.emulator = Emulator(self.port, self.folder)
        self.endpoint_url = self.emulator.url
        self._clients: dict[tuple[Any, ...], Any] = {}

    @property
    def outputs(self) -> dict[str, Any]:
        """What the last deployment left in `stack.json`. Raises FileNotFoundError before it."""
        found: dict[str, Any] = json.loads((self.folder / "stack.json").read_text())
        return found

    def start(self) -> bool:
        """Start the emulator; False where it runs already. Raises EmulatorError."""
        return self.emulator.start()

    def stop(self) -> bool:
        """End the emulator and all it started, state kept; False where none ran."""
        return self.emulator.stop()

    def kill(self) -> bool:
        """End it at once. All it did since its start is lost: state is saved at a stop only."""
        return self.emulator.kill()

    def forget(self) -> None:
        """Stop it and remove its state and all that was deployed."""
        self.kill()
        forget(self.folder)

    def become(self, other: "LocalStack") -> None:
        """Take over all that is deployed at another port, which is stopped for it.

        What is here is lost. It takes seconds where a deployment takes a minute.
        """
        other.stop()
        self.forget()
        shutil.copytree(other.folder, self.folder, ignore=_not_state, dirs_exist_ok=True)
        # Queues and layers are known by their addresses, which name the port.
        for file in (self.folder / "stack.json", *(self.folder / "state").glob("*.json")):
            text = file.read_text()
            for host in ("localhost", "127.0.0.1"):
                text = text.replace(f"{host}:{other.port}", f"{host}:{self.port}")
            file.write_text(text)

    def has(self, config: Path | None = None, *context: str) -> bool:
        """Whether exactly this is deployed, as `deploy` would."""
        return self._is_deployed(_digest(config, _told(config, context)))

    def deploy(self, config: Path | None = None, *context: str) -> bool:
        """Deploy the app with the organisation's files in `config`, and write `stack.json`.

        context: more of CDK's context, as `name=value`.
        False where exactly this is deployed already. Raises DeploymentError.
        """
        told = _told(config, context)
        digest = _digest(config, told)
        if self._is_deployed(digest):
            return False
        if not self._has("CDKToolkit"):
            self._bootstrap()
        named = self.folder / "outputs.json"
        self._cdk(
            *("deploy", STACK, "--require-approval", "never"),
            *("--outputs-file", str(named), "--context", f"port={self.port}"),
            *(part for pair in told for part in ("--context", pair)),
        )
        self._write_outputs(json.loads(named.read_text())[STACK])
        self._remember(digest)
        return True

    def client(self, service: str, **options: Any) -> "BaseClient":
        """A boto3 client of the emulator, as its root user unless `options` say otherwise.

        Made once: reading what a service is takes longer than most calls.
        """
        import boto3

        credentials = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": ACCESS_KEY}
        key = (service, *sorted(options.items()))
        if key not in self._clients:
            self._clients[key] = boto3.client(  # type: ignore[call-overload]  # any service
                service,
                endpoint_url=self.endpoint_url,
                region_name=REGION,
                **{**credentials, **options},
            )
        return self._clients[key]  # type: ignore[no-any-return]

    def mails(self) -> list[dict[str, Any]]:
        """All mails sent, oldest first, as the emulator keeps them."""
        accounts: dict[str, list[dict[str, Any]]]
        accounts = self.emulator.get("/_ministack/ses/messages")["messages"]
        return [mail for mails in accounts.values() for mail in mails]

    def update_outputs(self, **changes: Any) -> None:
        """Write these keys into `stack.json`, beside what stands there."""
        text = json.dumps({**self.outputs, **changes}, indent=2) + "\n"
        (self.folder / "stack.json").write_text(text)
        if self.announced:
            (ROOT / ".local" / "stack.json").write_text(text)

    def _bootstrap(self) -> None:
        # Not where the app is, which would be synthesized for it.
        self._cdk("bootstrap", f"aws://000000000000/{REGION}", folder=self.folder)
        # Its bucket refuses plain HTTP, which is what functions speak to the emulator.
        client: Any = self.client("s3")
        for bucket in client.list_buckets()["Buckets"]:
            if bucket["Name"].startswith("cdk-"):
                client.delete_bucket_policy(Bucket=bucket["Name"])

    # What is deployed is written inside the emulator: it is lost when that is.
    def _is_deployed(self, digest: str) -> bool:
        client: Any = self.client("ssm")
        found = client.get_parameters(Names=[DEPLOYED])["Parameters"]
        known = (self.folder / "stack.json").exists() and self._has(STACK)
        return known and [parameter["Value"] for parameter in found] == [digest]

    def _remember(self, digest: str) -> None:
        client: Any = self.client("ssm")
        client.put_parameter(Name=DEPLOYED, Value=digest, Type="String", Overwrite=True)

    def _has(self, stack: str) -> bool:
        client: Any = self.client("cloudformation")
        try:
            status = client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        except client.exceptions.ClientError:
            return False
        return status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")

    def _cdk(self, *arguments: str, folder: Path = ROOT) -> None:
        cdk = ROOT / "node_modules" / ".bin" / "cdk"
        log = self.folder / "cdk.log"
        with log.open("w") as output:
            done = subprocess.run(
                [
                    *(str(cdk), *arguments),
                    *("--output", str(self.folder / "cdk.out"), "--no-notices", "--no-color"),
                ],
                cwd=folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            print(log.read_text(), file=sys.stderr)
            raise DeploymentError(f"`cdk {arguments[0]}` failed; its output is in {log}")

    def _environment(self) -> dict[str, str]:
        ours = {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "CDK_DISABLE_VERSION_CHECK": "1",
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20,21,22,23",
            "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "20,21,22,23",
            "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "20,21,22,23",
            "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",
        }
        kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        return {**kept, **ours}

    def _write_outputs(self, named: dict[str, str]) -> None:
        known = self.outputs if (self.folder / "stack.json").exists() else {}
        same_pool = known.get("user_pool_id") == named["UserPoolId"]
        (self.folder / "stack.json").write_text("{}")
        self.update_outputs(
            endpoint_url=self.endpoint_url,
            region=REGION,
            api_url=f"http://{named['ApiId']}.execute-api.localhost:{self.port}",
            portal_url=named["PortalUrl"],
            user_pool_id=named["UserPoolId"],
            client_id=named["UserPoolClientId"],
            state_machines=_ending(named, "MachineArn"),
            tables=_ending(named, "Table"),
            outputs=named,
            people=known.get("people", {}) if same_pool else {},
        )


def _ending(named: dict[str, str], ending: str) -> dict[str, str]:
    return {
        name.removesuffix(ending).lower(): value
        for name, value in sorted(named.items())
        if name.endswith(ending)
    }


def _told(config: Path | None, context: tuple[str, ...]) -> list[str]:
    """CDK's context: the folder of files, and whatever else was named."""
    return [*([f"config={config.resolve()}"] if config else []), *context]


def _not_state(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name in NOT_STATE]


def _digest(config: Path | None, told: list[str]) -> str:
    """Of every file that the deployment is made from."""
    digest = hashlib.sha256(json.dumps(told).encode())
    for file in _files([*(ROOT / name for name in DEPLOYED_FROM), *([config] if config else [])]):
        digest.update(f"{file}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _files(places: list[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_file():
            yield place
        for file in sorted(place.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local.stack", description=__doc__)
    parser.add_argument("verb", choices=("start", "deploy", "stop", "kill", "forget", "mail"))
    parser.add_argument("--port", type=int, help="default: $PORT, or 4566")
    parser.add_argument("--config", type=Path, help="the folder of the organisation's files")
    parser.add_argument("--context", action="append", default=[], metavar="NAME=VALUE")
    given = parser.parse_args(arguments)
    stack = LocalStack(given.port)
    try:
        print(_carry_out(stack, given))
    except (EmulatorError, DeploymentError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _carry_out(stack: LocalStack, given: argparse.Namespace) -> str:
    match given.verb:
        case "start":
            return f"{'started' if stack.start() else 'already running'}: {stack.endpoint_url}"
        case "deploy":
            stack.start()
            deployed = stack.deploy(given.config, *given.context)
            return f"{'deployed' if deployed else 'unchanged'}: {stack.outputs['api_url']}"
        case "stop":
            return "stopped" if stack.stop() else f"nothing of ours runs at port {stack.port}"
        case "kill":
            return "killed" if stack.kill() else f"nothing of ours runs at port {stack.port}"
        case "forget":
            stack.forget()
            return "stopped, and its state removed"
        case _:
            return json.dumps(stack.mails(), indent=2)


if __name__ == "__main__":
    sys.exit(main())
