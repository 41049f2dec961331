"""What every adapter declares can be shown as a form, trusted, and kept."""

from __future__ import annotations

import re

import msgspec
import pytest

from adapters.registry import ADAPTERS, load
from ports.activity_supplier import ActivitySupplier
from ports.ari_channel import AriChannel, ShownRates
from ports.esign import ESign
from ports.gds import Gds
from ports.hotel_supplier import HotelSupplier
from ports.inbound_webhook import InboundWebhook
from ports.manifest import Manifest, Role, secret_fields
from ports.payment_gateway import PaymentGateway
from ports.reservation_source import ReservationSource

PORTS = {
    Role.HOTEL_SUPPLIER: HotelSupplier,
    Role.ACTIVITY_SUPPLIER: ActivitySupplier,
    Role.GDS: Gds,
    Role.ESIGN: ESign,
    Role.ARI_CHANNEL: AriChannel,
    Role.RESERVATION_SOURCE: ReservationSource,
    Role.SHOWN_RATES: ShownRates,
    Role.PAYMENT_GATEWAY: PaymentGateway,
}
# Nobody is called, so that there is nothing to be let in with.
WITHOUT_CREDENTIAL = {"house", "siskopatuh"}


@pytest.fixture(params=ADAPTERS)
def manifest(request: pytest.FixtureRequest) -> Manifest:
    return load(request.param)


def fields_of(manifest: Manifest) -> dict[str, dict[str, object]]:
    schema = msgspec.json.schema(manifest.config)["$defs"][manifest.config.__name__]
    properties: dict[str, dict[str, object]] = schema["properties"]
    return properties


def test_it_is_named_as_in_the_registry(manifest: Manifest) -> None:
    assert ADAPTERS[manifest.name] == f"adapters.{manifest.name}"
    assert manifest.title
    assert manifest.api_version


def flat(field: dict[str, object]) -> dict[str, object]:
    """A field that may be null keeps its words in the branch that is not."""
    branches = field.get("anyOf", [])
    assert isinstance(branches, list)
    return {k: v for part in (*branches, field) for k, v in part.items()}


def test_every_field_of_its_form_speaks_to_the_operator(manifest: Manifest) -> None:
    for name, field in fields_of(manifest).items():
        words = flat(field)
        assert words.get("title"), name
        assert words.get("description"), name


def test_nothing_that_cannot_be_seen_is_entered(manifest: Manifest) -> None:
    """It would be sent to the vendor, who would refuse what looks right."""
    fields = {name: flat(field) for name, field in fields_of(manifest).items()}
    entered = {name: field["examples"] for name, field in fields.items() if "examples" in field}
    good = {name: examples[0] for name, examples in entered.items() if isinstance(examples, list)}
    of_lines = {name for name, value in good.items() if "BEGIN" in str(value)}
    good |= {name: good[name] + "x" * 100 for name in of_lines}  # shortened to be shown
    msgspec.convert(good, manifest.config)
    for name, value in good.items():
        if isinstance(value, str) and name not in of_lines:
            for hidden in ("\n", "\u200b"):
                with pytest.raises(msgspec.ValidationError, match=name):
                    msgspec.convert({**good, name: value + hidden}, manifest.config)


def test_its_form_has_an_order(manifest: Manifest) -> None:
    places = [flat(field).get("x-order") for field in fields_of(manifest).values()]

    assert None not in places
    assert len(set(places)) == len(places)


def test_its_credential_is_secret_and_hidden(manifest: Manifest) -> None:
    secrets = secret_fields(manifest.config)
    telling = [n for n in fields_of(manifest) if re.search(r"secret|key|password|token", n)]

    assert bool(secrets) == (manifest.name not in WITHOUT_CREDENTIAL)
    assert set(telling) <= secrets


def test_its_evidence_covers_every_operation_of_its_ports(manifest: Manifest) -> None:
    for role in manifest.roles & PORTS.keys():
        operations = {n for n in vars(PORTS[role]) if not n.startswith("_")} | {"probe"}
        refused = {"amend", "cancellation_fee", "catalogue", "list_settlements"} - manifest.can
        assert operations - refused <= manifest.evidence.keys()


def test_it_says_how_a_channel_is_told_if_it_is_one(manifest: Manifest) -> None:
    channel = {Role.ARI_CHANNEL, Role.RESERVATION_SOURCE} & manifest.roles
    assert (manifest.distribution is not None) == bool(channel)
    if manifest.distribution is not None:
        assert manifest.distribution.first_day <= 0 < manifest.distribution.last_day
        assert manifest.distribution.pull_every_s > 0


def test_it_verifies_webhooks_if_and_only_if_it_says_so(manifest: Manifest) -> None:
    assert (manifest.inbound is not None) == (Role.INBOUND_WEBHOOK in manifest.roles)
    if manifest.inbound is not None:
        wanted = {n for n in vars(InboundWebhook) if not n.startswith("_")}
        assert wanted <= manifest.evidence.keys()


def test_its_promises_can_be_kept(manifest: Manifest) -> None:
    assert manifest.reference_length >= 8
    assert 0 < manifest.deadline_s <= 90
    assert manifest.absence_certain_after_s is None or manifest.absence_certain_after_s >= 0
