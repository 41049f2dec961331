"""Every vendor there is: an adapter that is not in this table does not exist."""

from __future__ import annotations

import importlib

from ports.manifest import Manifest

ADAPTERS = {
    "channex": "adapters.channex",
    "docusign": "adapters.docusign",
    "expedia": "adapters.expedia",
    "hotelbeds": "adapters.hotelbeds",
    "house": "adapters.house",
    "midtrans": "adapters.midtrans",
    "octo": "adapters.octo",
    "privyid": "adapters.privyid",
    "sabre": "adapters.sabre",
    "siteminder": "adapters.siteminder",
    "siskopatuh": "adapters.siskopatuh",
    "stripe": "adapters.stripe",
    "xendit": "adapters.xendit",
}


def names() -> tuple[str, ...]:
    return tuple(ADAPTERS)


def load(name: str) -> Manifest:
    """Imports the adapter at first use. KeyError: there is none of that name."""
    manifest = importlib.import_module(ADAPTERS[name]).MANIFEST
    assert isinstance(manifest, Manifest)
    return manifest
