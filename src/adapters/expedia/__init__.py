"""Expedia QuickConnect (EQC): availability and rates (AR), bookings (BR, BC), products (PARR), in XML.

docs/adapters/expedia.md tells what works, what stands behind it, and its traps.
"""

from __future__ import annotations

from adapters.expedia.calls import VENDOR
from adapters.expedia.client import DEADLINE_S, open_expedia
from adapters.expedia.config import ExpediaConfig, check
from ports.manifest import Distribution, Evidence, Manifest, Role

MANIFEST = Manifest(
    name=VENDOR,
    title="Expedia QuickConnect",
    roles=frozenset({Role.ARI_CHANNEL, Role.RESERVATION_SOURCE, Role.SHOWN_RATES}),
    config=ExpediaConfig,
    api_version="AR 2011/06, BR 2014/01, BC 2007/09, PAR 2013/07",
    can=frozenset({"catalogue"}),
    evidence={
        "messages": Evidence.DOCUMENTED,
        "push": Evidence.DOCUMENTED,
        "catalogue": Evidence.DOCUMENTED,
        "shown": Evidence.DOCUMENTED,
        "pull": Evidence.DOCUMENTED,
        "parse": Evidence.DOCUMENTED,
        "acknowledge": Evidence.DOCUMENTED,
        "probe": Evidence.CONSTRUCTED,
    },
    absence_certain_after_s=None,  # nothing is booked here
    repeatable_for_s=None,
    reference_length=50,  # a confirmation number
    deadline_s=DEADLINE_S,
    check=check,
    open=open_expedia,
    distribution=Distribution(
        weekdays=True,
        decrements_itself=True,
        first_day=0,
        last_day=730,
        pull_every_s=60.0,
        # A booking for the same day goes astray, to fax or e-mail, after half an hour.
        acknowledge_within_s=1800.0,
        quiet_s=0.25,
    ),
)
