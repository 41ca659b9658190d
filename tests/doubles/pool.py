"""A user pool of moto's, and access tokens of it that are signed by a key of ours."""

import json
import time
from typing import Any

import boto3
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from accessflows import wiring

CLIENT_ID = "our-client"
KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


class Pool:
    """Within moto's mock: a pool whose tokens the authorizer believes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._cognito = boto3.client("cognito-idp")
        self.id = self._cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
        region = self.id.partition("_")[0]
        self.issuer = f"https://cognito-idp.{region}.amazonaws.com/{self.id}"
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        keys = {"keys": [{**public, "kid": "ours", "use": "sig", "alg": "RS256"}]}
        monkeypatch.setattr(jwt.PyJWKClient, "fetch_data", lambda _self: keys)
        wiring.access_tokens.cache_clear()

    def add(self, username: str, email: str, verified: str = "true") -> None:
        self._cognito.admin_create_user(
            UserPoolId=self.id,
            Username=username,
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": verified},
            ],
        )

    def token(
        self, key: Any = KEY, kid: str = "ours", algorithm: str = "RS256", **changes: Any
    ) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "subject-rita",
            "token_use": "access",
            "client_id": CLIENT_ID,
            "username": "rita",
            "iat": now,
            "exp": now + 3_600,
            **changes,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, key, algorithm=algorithm, headers={"kid": kid})

    def rename(self, username: str, email: str) -> None:
        """What a user may do to their own profile, and the pool's verification of it."""
        self._cognito.admin_update_user_attributes(
            UserPoolId=self.id,
            Username=username,
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": "true"},
            ],
        )
