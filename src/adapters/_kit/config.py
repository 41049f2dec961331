"""What the configs of adapters have in common: places in the form, addresses, what is hidden."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

WEB = r"https?://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9._~-]+)*"  # in plain letters
ADDRESS = r"^https?://[^\s?#@]+[^\s?#@/]$"  # whose path may be anything but ends in no slash

PerSecond = Annotated[int, Meta(title="Requests per second", ge=1, le=10_000)]
PlainAddress = Annotated[str, Meta(pattern=rf"^{WEB}$")]
Address = Annotated[str, Meta(title="Address", pattern=ADDRESS)]


def form(order: int, *, secret: bool = False) -> dict[str, Any]:
    """For `extra_json_schema`: the place in the form; secret: encrypted, and never shown again."""
    return {"x-order": order, **({"x-secret": True} if secret else {})}


def need_visible(config: msgspec.Struct, *, but: str = "") -> None:
    """`$` in a pattern lets a line feed pass at the end. ValueError: a text holds a character that
    cannot be seen. but: the field that is of several lines."""
    for name in config.__struct_fields__:
        value = getattr(config, name)
        if isinstance(value, str) and name != but and not value.isprintable():
            raise ValueError(f"{name}: a line break or another character that cannot be seen")


def host_of(url: str) -> str:
    """ "" where none can be read."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
