"""The organisation's configuration: checked at synth, stored by `apply_config` at deployment."""

from pathlib import Path

from aws_cdk import CustomResource, custom_resources
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from cdk.functions import KEPT_FOR, fixed_name
from cdk.stage import Stage


class Configuration(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        folder: Path,
        apply_config: lambda_.Function,
    ) -> None:
        super().__init__(scope, construct_id)
        files = s3_assets.Asset(self, "Files", path=str(folder))
        apply_config.add_to_role_policy(
            iam.PolicyStatement(
                actions=["s3:GetObject"],
                resources=[files.bucket.arn_for_objects(files.s3_object_key)],
            )
        )
        provider = self._provider(stage, apply_config)
        self.applied = CustomResource(
            self,
            "Applied",
            resource_type="Custom::AppliedConfiguration",
            service_token=provider.service_token,
            properties={"Bucket": files.s3_bucket_name, "Key": files.s3_object_key},
        )
        # Nothing is applied before the function holds all its permissions.
        if apply_config.role is not None:
            self.applied.node.add_dependency(apply_config.role)

    def _provider(self, stage: Stage, apply_config: lambda_.Function) -> custom_resources.Provider:
        name = fixed_name("apply_config_provider")
        log_group = logs.LogGroup(
            self,
            "ProviderLog",
            log_group_name=f"/aws/lambda/{name}",
            retention=KEPT_FOR,
            removal_policy=stage.removal,
        )
        role = iam.Role(
            self,
            "ProviderRole",
            role_name=name,
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        log_group.grant_write(role)
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:GetFunction", "lambda:InvokeFunction"],
                resources=[apply_config.function_arn],
            )
        )
        provider = custom_resources.Provider(
            self,
            "Provider",
            on_event_handler=apply_config,
            provider_function_name=name,
            log_group=log_group,
            # The ready-made permissions are for every version and every log group.
            framework_on_event_role=role.without_policy_updates(),
        )
        provider.node.add_dependency(role)
        return provider
