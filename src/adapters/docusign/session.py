"""Signing in: one token for all calls, and where this account's API lies."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import httpx

from adapters._kit.http import Budget, VendorHttp, broken, decode, open_client
from adapters._kit.verdict import ReadFault
from adapters._kit.wiring import Wiring
from adapters.docusign import mapping
from adapters.docusign.config import DocusignConfig
from adapters.docusign.grant import grant_form
from ports.errors import Misconfigured
from ports.limiter import Rate

VENDOR = "docusign"
DEADLINE_S = 45.0
MARGIN_S = 300.0
MAX_BODY = 32 * 1024 * 1024
# 3,000 an hour and 500 (demo: 200) in 30 s, of an account; a fifth is left to its people.
HOURLY, BURST = Rate(2400, 3600.0), Rate(160, 30.0)


class Session:
    """api: at the address that DocuSign itself names for the account, which is never guessed."""

    def __init__(self, config: DocusignConfig, wiring: Wiring, stack: AsyncExitStack) -> None:
        self._config, self._wiring, self._stack = config, wiring, stack
        self._key = config.rsa_key()
        self._lock = asyncio.Lock()  # many callers, one sign-in
        self._oauth = self._http(self._client_at(config.base_url), mapping.read_oauth_fault)
        self._token: str | None = None
        self._ends = 0.0
        self._api: VendorHttp | None = None
        self.account: mapping.Account | None = None

    async def current(self, refused: str | None = None) -> tuple[VendorHttp, str, str]:
        """The API, the account's path in it, and a token other than *refused*.

        Misconfigured: they refuse to let us in; with the address at which a person consents.
        """
        async with self._lock:
            if self._token in (None, refused) or self._now() >= self._ends:
                self._token = await self._sign_in()
            token = self._token or ""
            if self._api is None or self.account is None:
                self.account = await self._find_account(token)
                self._api = self._http(
                    self._client_at(f"{self.account.base_uri.rstrip('/')}/restapi"),
                    mapping.read_fault,
                )
            return self._api, f"/v2.1/accounts/{self.account.account_id}", token

    async def _sign_in(self) -> str:
        unix = int(self._wiring.clock.now().timestamp())
        try:
            answer = await self._oauth.call(
                "POST",
                mapping.TOKEN,
                operation="sign_in",
                repeatable=True,
                content=grant_form(self._config, self._key, unix),
                headers={"content-type": "application/x-www-form-urlencoded"},
            )
        except Misconfigured as e:
            if e.vendor_code != mapping.CONSENT:
                raise
            request_id = e.request_id
        else:
            token = decode(answer, mapping.Token)
            self._ends = self._now() + token.expires_in - MARGIN_S
            return token.access_token
        raise Misconfigured(
            f"the user has not let the app act for them; open this once: {self._config.consent_url}",
            vendor=VENDOR,
            operation="sign_in",
            vendor_code=mapping.CONSENT,
            request_id=request_id,
        )

    async def _find_account(self, token: str) -> mapping.Account:
        answer = await self._oauth.call(
            "GET",
            mapping.USERINFO,
            operation="sign_in",
            repeatable=True,
            headers={"authorization": f"Bearer {token}"},
        )
        wanted = self._config.account_id.lower()
        for account in decode(answer, mapping.UserInfo).accounts:
            if account.account_id.lower() == wanted or (not wanted and account.is_default):
                if not self._may_go(account.base_uri):
                    raise broken(answer, "the account's address is not one of DocuSign's")
                return account
        raise Misconfigured("the user is in no such account", vendor=VENDOR, operation="sign_in")

    def _may_go(self, base_uri: str) -> bool:
        """Our token goes where the answer says: only to DocuSign, or to the sandbox we came from."""
        to, ours = urlsplit(base_uri), urlsplit(self._config.base_url)
        if self._config.is_theirs:
            host = to.hostname or ""
            return to.scheme == "https" and host.endswith((".docusign.net", ".docusign.com"))
        return (to.scheme, to.netloc) == (ours.scheme, ours.netloc)

    def _client_at(self, url: str) -> httpx.AsyncClient:
        client = open_client(url, transport=self._wiring.transport)
        self._stack.push_async_callback(client.aclose)
        return client

    def _http(self, client: httpx.AsyncClient, read_fault: ReadFault) -> VendorHttp:
        return VendorHttp(
            client,
            vendor=VENDOR,
            clock=self._wiring.clock,
            deadline_s=DEADLINE_S,
            max_body=MAX_BODY,
            limiter=self._wiring.limiter,
            budgets=(
                Budget(f"{self._wiring.budget}:hour", HOURLY),
                Budget(f"{self._wiring.budget}:burst", BURST),
            ),
            read_fault=read_fault,
            request_id_header="x-docusign-tracetoken",
        )

    def _now(self) -> float:
        return self._wiring.clock.monotonic()
