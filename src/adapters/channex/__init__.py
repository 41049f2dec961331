"""Channex.io API v1: one channel manager in front of Booking.com, Airbnb, Agoda, Traveloka, Tiket and others.

docs/adapters/channex.md tells what works, what stands behind it, and its traps.
"""

from __future__ import annotations

from adapters.channex.calls import VENDOR
from adapters.channex.client import DEADLINE_S, open_channex
from adapters.channex.config import ChannexConfig, check
from adapters.channex.webhooks import ChannexWebhooks
from ports.manifest import Distribution, Evidence, Manifest, Role


def inbound(config: ChannexConfig) -> ChannexWebhooks:
    return ChannexWebhooks(config.webhook_secret)


MANIFEST = Manifest(
    name=VENDOR,
    title="Channex",
    roles=frozenset(
        {Role.ARI_CHANNEL, Role.RESERVATION_SOURCE, Role.SHOWN_RATES, Role.INBOUND_WEBHOOK}
    ),
    config=ChannexConfig,
    api_version="v1",
    can=frozenset({"catalogue"}),
    evidence={
        "messages": Evidence.DOCUMENTED,
        "push": Evidence.DOCUMENTED,
        "catalogue": Evidence.DOCUMENTED,
        "shown": Evidence.DOCUMENTED,
        "pull": Evidence.DOCUMENTED,
        "acknowledge": Evidence.DOCUMENTED,
        "verify": Evidence.CONSTRUCTED,
        "parse": Evidence.DOCUMENTED,
        "probe": Evidence.CONSTRUCTED,
    },
    absence_certain_after_s=None,  # nothing is booked here
    repeatable_for_s=None,
    reference_length=64,
    deadline_s=DEADLINE_S,
    check=check,
    open=open_channex,
    inbound=inbound,
    distribution=Distribution(
        weekdays=True,
        # As the property is set, which they advise, and only for new bookings.
        decrements_itself=True,
        told_anew=True,
        first_day=0,
        last_day=499,  # a property's inventory is 500 days long unless it is set otherwise
        pull_every_s=60.0,
        acknowledge_within_s=1800.0,  # then they warn by e-mail
        quiet_s=0.25,
    ),
)
