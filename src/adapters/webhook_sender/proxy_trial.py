"""Whether the egress proxy would take what webhooks ask of it."""

from __future__ import annotations

import asyncio
import contextlib

from adapters.webhook_sender.proxy import Proxy

WITHIN_S = 5.0
NOWHERE = "127.0.0.1:9"  # the proxy's own closed port: it is refused at once, and nothing leaves

NO_PROXY = "what answers there is no HTTP proxy"


async def why_unusable(proxy: Proxy, *, within_s: float = WITHIN_S) -> str | None:
    """Asked for a tunnel to nowhere. None: it answers as a proxy, to these credentials."""
    try:
        async with asyncio.timeout(within_s):
            line = await _answer(proxy)
    except TimeoutError:
        return f"it does not answer within {within_s:g} s"
    except OSError as e:
        return (e.strerror or str(e) or type(e).__name__).lower()
    except ValueError:
        return NO_PROXY
    status = line.split()[1:2]
    if not line.startswith(b"HTTP/1.") or not status:
        return NO_PROXY
    if status == [b"407"]:
        return "it refuses the user and password" if proxy.credentials else "it wants a user"
    return None


async def _answer(proxy: Proxy) -> bytes:
    """Its first line. OSError: no connection. ValueError: a line without end."""
    reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
    try:
        writer.write(proxy.request(NOWHERE))
        return await reader.readline()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
