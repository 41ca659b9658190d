"""The state machines: their definitions, what they may invoke, and their logs."""

from aws_cdk import Acknowledgment, Aws, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk.functions import KEPT_FOR, PREFIX, Functions, fixed_name, pascal_case
from cdk.places import STATE_MACHINES
from cdk.stage import Stage


class Machines(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, functions: Functions
    ) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        self._functions = functions
        self.approval = self._machine("approval", "advance")
        self.access = self._machine("access", "advance", each="activate")
        self.revocation = self._machine("revocation", "advance", each="revoke")

    @property
    def by_name(self) -> dict[str, sfn.StateMachine]:
        return {
            "approval": self.approval,
            "access": self.access,
            "revocation": self.revocation,
        }

    def _machine(self, name: str, invokes: str, *, each: str | None = None) -> sfn.StateMachine:
        """each: which functions it calls by the family of a batch, `activate` or `revoke`."""
        invoked = [self._functions[invokes]]
        told = {f"{pascal_case(invokes)}FunctionArn": invoked[0].function_arn}
        if each:
            invoked += self._functions.by_family(each).values()
            told["LambdaInvokeArn"] = f"arn:{Aws.PARTITION}:states:::lambda:invoke"
            told[f"{pascal_case(each)}FunctionPrefix"] = f"{PREFIX}{each}-"
        log_group = logs.LogGroup(
            self,
            f"{pascal_case(name)}Log",
            # Step Functions writes to log groups under this prefix without a policy of its own.
            log_group_name=f"/aws/vendedlogs/states/{fixed_name(name)}",
            retention=KEPT_FOR,
            removal_policy=self._stage.removal,
        )
        return sfn.StateMachine(
            self,
            pascal_case(name),
            state_machine_name=fixed_name(name),
            definition_body=sfn.DefinitionBody.from_file(str(STATE_MACHINES / f"{name}.asl.json")),
            definition_substitutions=told,
            role=self._role(name, invoked),
            logs=sfn.LogOptions(
                destination=log_group, level=sfn.LogLevel.ALL, include_execution_data=False
            ),
            tracing_enabled=True,
            removal_policy=self._stage.removal,
        )

    def _role(self, name: str, invoked: list[lambda_.Function]) -> iam.Role:
        role = iam.Role(
            self,
            f"{pascal_case(name)}Role",
            role_name=fixed_name(name),
            assumed_by=iam.ServicePrincipal("states.amazonaws.com"),
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"],
                resources=[function.function_arn for function in invoked],
            )
        )
        Validations.of(role).acknowledge(
            Acknowledgment(
                id="AwsSolutions-IAM5[Resource::*]",
                reason="X-Ray and the delivery of logs take no resource in their actions.",
            )
        )
        return role
