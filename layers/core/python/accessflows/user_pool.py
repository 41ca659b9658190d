"""The user pool: sign-ins of invited people. Whoever signs in elsewhere needs none here."""

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


class CognitoPool:
    """Implements actions.manage_people.UserPool. A sign-in is named by its person's id."""

    def __init__(self, pool_id: str) -> None:
        self._pool_id = pool_id

    def invite(self, person_id: str, email: str) -> None:
        """Cognito makes the first password and mails it; the address is proved by its use."""
        try:
            self._client.admin_create_user(
                UserPoolId=self._pool_id,
                Username=person_id,
                UserAttributes=[
                    {"Name": "email", "Value": email},
                    {"Name": "email_verified", "Value": "true"},
                ],
                DesiredDeliveryMediums=["EMAIL"],
            )
        except self._client.exceptions.UsernameExistsException:
            return

    def invite_again(self, person_id: str, email: str) -> bool:
        """A new first password, mailed; the one before counts no longer."""
        try:
            self._client.admin_create_user(
                UserPoolId=self._pool_id,
                Username=person_id,
                MessageAction="RESEND",
                DesiredDeliveryMediums=["EMAIL"],
            )
        except self._client.exceptions.UserNotFoundException:
            self.invite(person_id, email)
        except self._client.exceptions.UnsupportedUserStateException:
            return False
        return True

    def remove(self, person_id: str) -> None:
        try:
            self._client.admin_delete_user(UserPoolId=self._pool_id, Username=person_id)
        except self._client.exceptions.UserNotFoundException:
            return

    @cached_property
    def _client(self) -> "CognitoIdentityProviderClient":
        import boto3

        return boto3.client("cognito-idp")
