"""Settings: the environment of a function, read once and checked."""

import os
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError


class Settings(BaseModel):
    """What a function is told by its environment. Empty where the function has no need of it.

    public_url: where people reach the product; empty to derive it from the API's id.
    aws_endpoint_url: of the emulator, empty on AWS.
    sign_in_domain: prefix of the sign-in pages' address; the emulator serves them itself.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    stage: str
    requests_table: str
    flows_table: str
    directory_table: str
    inventory_table: str
    aws_region: str = ""
    aws_endpoint_url: str = ""
    approval_machine_arn: str = ""
    access_machine_arn: str = ""
    revocation_machine_arn: str = ""
    event_bus_name: str = ""
    dead_letter_url: str = ""
    revoke_function_prefix: str = ""
    notice_queue_url: str = ""
    mail_from: str = ""
    link_keys_secret: str = ""
    mfa_key_id: str = ""
    login_key_id: str = ""
    api_id: str = ""
    public_url: str = ""
    user_pool_id: str = ""
    user_pool_client_id: str = ""
    sign_in_domain: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Raises RuntimeError that names every variable that is missing."""
        given = {
            name: environment[name.upper()]
            for name in cls.model_fields
            if name.upper() in environment
        }
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            missing = ", ".join(str(e["loc"][0]).upper() for e in error.errors())
            raise RuntimeError(f"environment variables are missing: {missing}") from error

    @property
    def base_url(self) -> str:
        """Where links lead, without a slash at the end."""
        if self.public_url:
            return self.public_url.rstrip("/")
        if self.aws_endpoint_url:
            port = self.aws_endpoint_url.rstrip("/").rpartition(":")[2]
            return f"http://{self.api_id}.execute-api.localhost:{port}"
        return f"https://{self.api_id}.execute-api.{self.aws_region}.amazonaws.com"

    @property
    def sign_in_url(self) -> str:
        """Where the user pool's hosted pages are, without a slash at the end."""
        if self.aws_endpoint_url:
            return self.aws_endpoint_url.rstrip("/")
        return f"https://{self.sign_in_domain}.auth.{self.aws_region}.amazoncognito.com"
