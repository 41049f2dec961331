"""Whose fault it was that no whole answer came, and how to say so without quoting anything."""

from __future__ import annotations

import errno
import ssl

from core.domain.webhooks.delivery import Fault

_OURS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL})
_NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})


class Failed(Exception):
    """This sending is over without a whole answer. words: short, without secrets."""

    def __init__(self, fault: Fault, words: str) -> None:
        super().__init__(words)
        self.fault = fault
        self.words = words


def refused(reason: str) -> Failed:
    return Failed(Fault.PARTNER_CONFIG, reason)


def unwritable(error: Exception) -> Failed:
    return Failed(Fault.OURS, f"our request could not be written ({type(error).__name__})")


def closing() -> Failed:
    return Failed(Fault.OURS, "we were stopping")


def unresolved() -> Failed:
    return Failed(Fault.NETWORK, "its host name could not be resolved")


def vetoed() -> Failed:
    """Every address there was has been refused."""
    return Failed(Fault.PARTNER_CONFIG, "its host is at no public address")


def unreachable(error: OSError) -> Failed:
    refusal = error.errno == errno.ECONNREFUSED
    return _broken(error, "the connection was refused" if refusal else "no connection")


def insecure(error: Exception) -> Failed:
    """No TLS, or the connection went while it was agreed on."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failed(Fault.PARTNER_CONFIG, "its TLS certificate does not hold")
    if isinstance(error, ssl.SSLError):
        return Failed(Fault.PARTNER_CONFIG, "no TLS could be agreed on")
    return _broken(error, "the connection broke")


def cut(error: Exception | None, *, begun: bool) -> Failed:
    """The connection went before the answer was whole. begun: after its head."""
    if isinstance(error, ssl.SSLError):  # a server may refuse our side only after the handshake
        return insecure(error)
    silent = error is None and not begun
    return _broken(error, "it hung up without an answer" if silent else "the connection broke")


def not_http() -> Failed:
    return Failed(Fault.PARTNER_CONFIG, "the answer is not HTTP")


def headers_too_large() -> Failed:
    return Failed(Fault.PARTNER_CONFIG, "the answer's headers are too large")


def unresolved_in_time() -> Failed:
    return Failed(Fault.NETWORK, "its host name was not resolved in time")


def unconnected() -> Failed:
    """The deadline passed before there was a connection."""
    return Failed(Fault.PARTNER_DOWN, "no connection in time")


def unanswered() -> Failed:
    """The deadline passed after the request was written."""
    return Failed(Fault.PARTNER_DOWN, "no whole answer in time")


class NoWayOn(OSError):
    """The proxy did not reach the address: its fault or the address's, nobody can tell."""

    def __init__(self, proxy: str, status: int) -> None:
        super().__init__(status)
        self.failed = Failed(
            Fault.NETWORK, f"the egress proxy {proxy} found no way to it ({status})"
        )


def proxied(proxy: str, what: str) -> Failed:
    """proxy: its name, without the password."""
    return Failed(Fault.OURS, f"the egress proxy {proxy} {what}")


def no_proxy(proxy: str, error: Exception) -> Failed:
    name = errno.errorcode.get(getattr(error, "errno", None) or 0)
    return proxied(proxy, f"cannot be reached ({name})" if name else "cannot be reached")


def _broken(error: Exception | None, what: str) -> Failed:
    number = getattr(error, "errno", None) or 0
    name = errno.errorcode.get(number)
    if number in _OURS:
        return Failed(Fault.OURS, f"we have no socket to send from ({name})")
    if number in _NO_ROUTE:
        return Failed(Fault.NETWORK, f"there is no way to it ({name})")
    return Failed(Fault.PARTNER_DOWN, f"{what} ({name})" if name else what)
