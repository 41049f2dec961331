"""Who may call: the password, tokens for seven days, sessions for a quarter of an hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from adapters.sabre.simulator.reject import Gateway, SoapFault

TOKEN_LIVES = timedelta(days=7)
SESSION_LIVES = timedelta(minutes=15)
MOST_SESSIONS = 50


class Login(NamedTuple):
    epr: str
    password: str
    organisation: str
    domain: str


class Session:
    """open: the PNR that the agent has before him."""

    def __init__(self, touched: datetime) -> None:
        self.touched = touched
        self.open: str | None = None
        self.busy = False


class Access:
    def __init__(self, login: Login, now: Callable[[], datetime]) -> None:
        self._login = login
        self._now = now
        self._made = 0
        self.tokens: dict[str, datetime] = {}
        self.sessions: dict[str, Session] = {}
        self.most_at_once = 0

    def sign_in(self, login: Login) -> None:
        if login != self._login:
            raise SoapFault(
                "Client.AuthenticationFailed", "Authentication failed", "USG_AUTHENTICATION_FAILED"
            )

    def token(self) -> str:
        self._made += 1
        made = f"T1RLSIMULATED{self._made:08d}*"
        self.tokens[made] = self._now() + TOKEN_LIVES
        return made

    def session(self) -> str:
        self._end_old()
        if len(self.sessions) >= MOST_SESSIONS:
            raise SoapFault("Server.Busy", "No session left", "USG_RESOURCE_UNAVAILABLE")
        self._made += 1
        made = f"Shared/IDL:IceSess!SIMULATED!{self._made}!0"
        self.sessions[made] = Session(self._now())
        self.most_at_once = max(self.most_at_once, len(self.sessions))
        return made

    def bearer(self, header: str) -> None:
        kind, _, token = header.partition(" ")
        if kind != "Bearer" or self.tokens.get(token, self._now()) <= self._now():
            raise Gateway(401, "ERR.2SG.SEC.INVALID_CREDENTIALS")

    def entered(self, token: str) -> Session:
        """A session for the length of one call. LLS services take no token."""
        self._end_old()
        session = self.sessions.get(token)
        if session is None:
            raise SoapFault(
                "Client.InvalidSecurityToken",
                "Invalid or Expired binary security token",
                "USG_INVALID_SECURITY_TOKEN",
            )
        if session.busy:
            raise SoapFault("Client.SessionBusy", "Session in use", "USG_CONVERSATION_BUSY")
        session.touched = self._now()
        return session

    def close(self, token: str) -> None:
        self.entered(token)
        del self.sessions[token]

    def end_all(self) -> None:
        self.tokens.clear()
        self.sessions.clear()

    def _end_old(self) -> None:
        ended = [t for t, s in self.sessions.items() if self._now() - s.touched > SESSION_LIVES]
        for token in ended:
            del self.sessions[token]
