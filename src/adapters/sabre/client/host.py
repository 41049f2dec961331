"""The SOAP side: every call carries the ebXML header and either the password or a token."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from adapters._kit.soap import Envelope, SoapClient
from adapters.sabre.config import SabreConfig
from adapters.sabre.mapping import soap
from ports.clock import Clock

VENDOR = "sabre"
SIGN_IN_S = 20.0
READ_S = 20.0
T = TypeVar("T")
# Their name for a service, where it is not that of its message.
_ACTIONS = {
    "OTA_AirRulesRQ": "OTA_AirRulesLLSRQ",
    "QueueAccessRQ": "QueueAccessLLSRQ",
    "QueuePlaceRQ": "QueuePlaceLLSRQ",
}


class Host:
    def __init__(self, client: SoapClient, config: SabreConfig, clock: Clock) -> None:
        self._client = client
        self._config = config
        self._clock = clock

    async def create_token(self) -> str:
        """A token for seven days, for any number of calls at once. Misconfigured: the password."""
        message = {"Version": "1.0.0"}
        return await self._call(
            "TokenCreateRQ", message, None, asked="sign_in", read=soap.token, deadline_s=SIGN_IN_S
        )

    async def create_session(self) -> str:
        """A session, for one call at a time; whoever made it closes it."""
        message = {"Version": "1.0.0", **soap.pos(self._config)}
        return await self._call(
            "SessionCreateRQ", message, None, asked="sign_in", read=soap.token, deadline_s=SIGN_IN_S
        )

    async def close_session(self, session: str) -> None:
        message = soap.pos(self._config)
        read = soap.acknowledged
        await self._call("SessionCloseRQ", message, session, asked="sign_out", read=read)

    async def ping(self, session: str) -> None:
        """Keeps a session alive for another quarter of an hour."""
        message = {"Version": "1.0.0"}
        await self._call("OTA_PingRQ", message, session, asked="ping", read=soap.acknowledged)

    async def call(
        self,
        operation: str,
        message: Mapping[str, Any],
        session: str,
        *,
        asked: str,
        read: Callable[[Envelope], T],
        repeatable: bool = True,
    ) -> T:
        return await self._call(
            operation, message, session, asked=asked, read=read, repeatable=repeatable
        )

    async def _call(
        self,
        operation: str,
        message: Mapping[str, Any],
        token: str | None,
        *,
        asked: str,
        read: Callable[[Envelope], T],
        repeatable: bool = True,
        deadline_s: float = READ_S,
    ) -> T:
        action = _ACTIONS.get(operation, operation)
        now, conversation = self._clock.now(), uuid.uuid4().hex
        return await self._client.call(
            operation,
            message,
            headers=soap.headers(action, self._config, now, conversation, token),
            asked=asked,
            repeatable=repeatable,
            read=read,
            vendor=VENDOR,
            deadline_s=deadline_s,
        )
