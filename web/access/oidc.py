"""Sign-in by an identity platform: OpenID Connect, authorization code with PKCE, state and nonce.

The platform is asked for its addresses and keys at each sign-in: that is rare, and a platform that has rotated its keys
is never met with old ones. What it says of a person is believed only from a signed token that was made for us, just
now, for this browser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from authlib.common.security import generate_token
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from engine.clock import Clock
from engine.errors import Unavailable
from engine.sealing import Sealer
from web.settings import OidcSettings

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_SECONDS = 10
_LEEWAY = 60  # seconds that two clocks may differ
_SCOPE = "openid profile phone"


class Distrusted(Exception):
    """The platform's answer does not belong to what was asked, or is not signed by it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the browser keeps between leaving and coming back, in its signed cookie."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def draw(cls) -> Asked:
        return cls(generate_token(32), generate_token(32), generate_token(64))


class IdentityPlatform:
    """One platform, for the length of a request. ``transport`` replaces the network in tests."""

    def __init__(
        self, settings: OidcSettings, redirect_uri: str, clock: Clock, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._settings, self._clock = settings, clock
        self._http = httpx.Client(timeout=_SECONDS, transport=transport, follow_redirects=False)
        self._client = OAuth2Client(
            self._http,
            settings.client_id,
            settings.client_secret,
            scope=_SCOPE,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def begin(self, asked: Asked) -> str:
        """The platform's page to send the browser to. Raises ``Unavailable``, ``Distrusted``."""
        endpoint = self._discover()["authorization_endpoint"]
        url, _state = self._client.create_authorization_url(
            endpoint, state=asked.state, nonce=asked.nonce, code_verifier=asked.verifier
        )
        return str(url)

    def finish(self, asked: Asked, arguments: Mapping[str, str]) -> dict[str, Any]:
        """What the platform says of who came back with ``arguments``. Raises ``Unavailable``, ``Distrusted``."""
        if not arguments.get("code") or arguments.get("state") != asked.state:
            raise Distrusted("the answer is to another question")
        found = self._discover()
        token = self._fetch(found["token_endpoint"], arguments["code"], asked.verifier)
        return self._read_token(str(token.get("id_token") or ""), self._read_json(found["jwks_uri"]), asked.nonce)

    def _discover(self) -> dict[str, str]:
        found = self._read_json(f"{self._settings.issuer}/.well-known/openid-configuration")
        if str(found.get("issuer", "")).rstrip("/") != self._settings.issuer:
            raise Distrusted("the platform names another issuer")
        wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if not all(str(found.get(name, "")).startswith(("https://", "http://")) for name in wanted):
            raise Distrusted("the platform does not say where its endpoints are")
        return {name: str(found[name]) for name in wanted}

    def _read_json(self, url: str) -> dict[str, Any]:
        try:
            answer = self._http.get(url)
            answer.raise_for_status()
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(f"the identity platform does not answer: {type(error).__name__}") from None
        if not isinstance(found, dict):
            raise Distrusted("the platform answers no JSON object")
        return found

    def _fetch(self, url: str, code: str, verifier: str) -> Mapping[str, Any]:
        basic = httpx.BasicAuth(self._settings.client_id, self._settings.client_secret)
        try:
            token: Mapping[str, Any] = self._client.fetch_token(
                url, code=code, code_verifier=verifier, auth=basic, grant_type="authorization_code"
            )
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(f"the identity platform does not answer: {type(error).__name__}") from None
        except OAuth2Error as error:
            raise Distrusted(f"the platform refuses the code: {error.error}") from None
        return token

    def _read_token(self, text: str, keys: dict[str, Any], nonce: str) -> dict[str, Any]:
        registry = jwt.JWTClaimsRegistry(
            now=int(self._clock.now().timestamp()),
            leeway=_LEEWAY,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": self._settings.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = jwt.decode(text, KeySet.import_key_set(keys), algorithms=ALGORITHMS).claims  # type: ignore[arg-type]
            registry.validate(claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Distrusted(f"the token is not good: {type(error).__name__}") from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if several and claims.get("azp") != self._settings.client_id:
            raise Distrusted("the token was made for somebody else")
        return dict(claims)


def subject_digest(sealer: Sealer, issuer: str, subject: str) -> str:
    """Under which a person of a platform is found again."""
    return sealer.fingerprint("oidc subject", f"{issuer.rstrip('/')} {subject}")
