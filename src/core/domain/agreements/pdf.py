"""Whether bytes are a PDF, as far as can be told without reading it."""

from __future__ import annotations

LARGEST = 20 * 1024 * 1024
_NEAR = 1024  # how far in readers look for head and end


def fault_of(raw: bytes) -> str | None:
    """Why it is none, in words for whoever sent it; None: it looks like one."""
    if len(raw) > LARGEST:
        return f"is {len(raw)} bytes; at most {LARGEST} are taken"
    if b"%PDF-" not in raw[:_NEAR]:
        return "is no PDF: it does not begin with %PDF-"
    if b"%%EOF" not in raw[-_NEAR:]:
        return "is no whole PDF: it does not end with %%EOF"
    return None
