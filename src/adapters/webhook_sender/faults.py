"""Whose fault it was that no whole answer came, and how to say so without quoting anything."""

from __future__ import annotations

import errno

import aiohttp

from core.domain.delivery import Fault

_OURS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL})
_NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})


def explain(error: Exception, *, vetoed: bool) -> tuple[Fault, str]:
    """vetoed: every address there was has been refused."""
    number = getattr(error, "errno", None) or 0
    if vetoed:
        return Fault.PARTNER_CONFIG, "its host is at no public address"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Fault.NETWORK, "its host name could not be resolved"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return Fault.PARTNER_CONFIG, "its TLS certificate does not hold"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return Fault.PARTNER_CONFIG, "no TLS could be agreed on"
    if isinstance(error, aiohttp.InvalidURL):
        return Fault.PARTNER_CONFIG, "its URL cannot be used"
    if isinstance(error, aiohttp.ClientResponseError):
        return Fault.PARTNER_CONFIG, "the answer is not HTTP, or its headers are too large"
    if not isinstance(error, aiohttp.ClientError | OSError):
        return Fault.OURS, f"our request could not be written ({type(error).__name__})"
    if number in _OURS:
        return Fault.OURS, f"we have no socket to send from ({errno.errorcode[number]})"
    if number in _NO_ROUTE:
        return Fault.NETWORK, f"there is no way to it ({errno.errorcode[number]})"
    return Fault.PARTNER_DOWN, _down(error, number)


def late(*, resolving: bool, sent: bool) -> tuple[Fault, str]:
    """The deadline passed."""
    if resolving:
        return Fault.NETWORK, "its host name was not resolved in time"
    if sent:
        return Fault.PARTNER_DOWN, "no whole answer in time"
    return Fault.PARTNER_DOWN, "no connection in time"


def _down(error: Exception, number: int) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):
        what = "the connection was refused" if number == errno.ECONNREFUSED else "no connection"
    elif isinstance(error, aiohttp.ServerDisconnectedError):
        what = "it hung up without an answer"
    else:
        what = "the connection broke"
    return f"{what} ({errno.errorcode[number]})" if number in errno.errorcode else what
