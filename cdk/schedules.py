"""Schedules: what runs by the clock alone, the sweep above all."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct

from cdk.functions import PREFIX, Functions, fixed_name, pascal_case

EVERY = {
    "sweep": Duration.minutes(1),
    "clean_fallback": Duration.minutes(1),
    "sweep_leavers": Duration.minutes(5),
    "pull_people": Duration.minutes(15),
    "settle_groups": Duration.minutes(1),
    "sync_inventory": Duration.minutes(5),
}


class Schedules(Construct):
    def __init__(self, scope: Construct, construct_id: str, *, functions: Functions) -> None:
        super().__init__(scope, construct_id)
        for name, every in EVERY.items():
            self._schedule(name, every, functions)
        for name in ("sweep", "clean_fallback"):
            _let_revoke(name, functions)

    def _schedule(self, name: str, every: Duration, functions: Functions) -> None:
        role = iam.Role(
            self,
            f"{pascal_case(name)}Role",
            assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"),
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"], resources=[functions[name].function_arn]
            )
        )
        scheduler.Schedule(
            self,
            pascal_case(name),
            schedule_name=fixed_name(name),
            schedule=scheduler.ScheduleExpression.rate(every),
            target=targets.LambdaInvoke(
                functions[name],
                # The ready-made permission would be for every version too.
                role=role.without_policy_updates(),
                # The next run does the work of one that failed.
                retry_attempts=0,
                max_event_age=Duration.minutes(1),
            ),
        )


def _let_revoke(name: str, functions: Functions) -> None:
    functions[name].add_environment("REVOKE_FUNCTION_PREFIX", f"{PREFIX}revoke-")
    functions[name].add_to_role_policy(
        iam.PolicyStatement(
            actions=["lambda:InvokeFunction"],
            resources=[
                function.function_arn for function in functions.by_family("revoke").values()
            ],
        )
    )
