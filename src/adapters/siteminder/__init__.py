"""SiteMinder pmsXchange: one stock told to every channel the hotel has there, and its reservations.

docs/adapters/siteminder.md tells what works, what stands behind it, and its traps.
"""

from __future__ import annotations

from adapters.siteminder.client import DEADLINE_S, VENDOR, open_siteminder
from adapters.siteminder.config import SiteMinderConfig, check
from ports.manifest import Distribution, Evidence, Manifest, Role

MANIFEST = Manifest(
    name=VENDOR,
    title="SiteMinder",
    roles=frozenset({Role.ARI_CHANNEL, Role.RESERVATION_SOURCE}),
    config=SiteMinderConfig,
    api_version="pmsXchange v2, OTA 2003/05",
    can=frozenset({"catalogue"}),
    evidence={
        "messages": Evidence.DOCUMENTED,
        "push": Evidence.DOCUMENTED,
        "catalogue": Evidence.DOCUMENTED,
        "pull": Evidence.DOCUMENTED,
        "parse": Evidence.DOCUMENTED,
        "acknowledge": Evidence.CONSTRUCTED,
        "probe": Evidence.CONSTRUCTED,
    },
    absence_certain_after_s=None,
    repeatable_for_s=None,
    reference_length=64,
    deadline_s=DEADLINE_S,
    check=check,
    open=open_siteminder,
    distribution=Distribution(
        weekdays=False,
        # It takes a new booking off by itself, but neither a change nor a cancellation.
        decrements_itself=False,
        told_anew=True,
        first_day=0,
        last_day=749,
        pull_every_s=120.0,
        acknowledge_within_s=600.0,  # asked for again and again unacknowledged, it warns the hotel
        quiet_s=2.0,
    ),
)
