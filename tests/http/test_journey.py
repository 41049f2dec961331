"""Every route's good day, in the order in which the three people walk it."""

from __future__ import annotations

import pytest

from core.domain.tenancy import Permission
from tests.fakes.hub import World
from tests.http.rig import GUESTS, HOLDER, SEARCH, Api

pytestmark = pytest.mark.anyio

CONFIG = {"endpoint": "https://vendor.test", "api_key": "not-a-real-key"}


async def test_an_operator_connects_a_vendor(api: Api) -> None:
    entity = await api.made(
        "/v1/entities", {"name": "PT Contoh", "country": "ID", "currency": "IDR"}
    )
    new = {"adapter": "hotels", "name": "Hotels", "entity": entity["id"], "config": CONFIG}
    made = await api.made("/v1/connections", {**new, "markup": {"percent": "7.5"}})

    assert made["config"] == {"endpoint": "https://vendor.test"}
    assert made["markup"] == {"percent": "7.5", "round_to": 1}
    path = f"/v1/connections/{made['id']}"
    assert (await api.get(path)).json() == made
    tested = (await api.post(f"{path}/test")).json()
    assert (tested["verdict"], tested["evidence"]) == ("verified", {"endpoint": "memory"})
    assert (await api.get(path)).json()["last_test"] == tested
    renamed = await api.send("PATCH", path, {"name": "Hotels II"})
    assert renamed.json()["name"] == "Hotels II"
    rotated = await api.post(f"{path}/secret", {"secrets": {"api_key": "another-fake-key"}})
    assert rotated.status_code == 200
    assert "another" not in rotated.text
    disabled = await api.post(f"{path}/disable", {"reason": "moved to another vendor"})
    assert disabled.json()["state"] == "disabled"
    assert (await api.post(f"{path}/enable")).json()["state"] == "active"


async def test_an_adapter_tells_its_form(api: Api) -> None:
    adapters = (await api.get("/v1/adapters")).json()["data"]
    assert [a["name"] for a in adapters] == list(api.world.vendors.known)
    gateway = (await api.get("/v1/adapters/gateway")).json()
    assert gateway["secrets"] == ["api_key"]
    assert gateway["takes_webhooks"] is True
    assert gateway["evidence"] == {"book": "constructed"}
    form = gateway["form"]["$defs"]["Config"]["properties"]
    assert (form["api_key"]["x-secret"], form["api_key"]["x-order"]) == (True, 2)


async def test_a_search_tells_every_supplier_and_the_cheapest_offer_first(api: Api) -> None:
    found = await api.made("/v1/hotels/search", SEARCH, 200)
    (supplier,) = found["suppliers"]
    assert (supplier["outcome"], supplier["offers"]) == ("answered", 2)
    sells = [o["sale"]["price"]["sell"]["minor"] for o in found["offers"]]
    assert sells == sorted(sells)


async def test_a_quote_can_be_read_again(api: Api) -> None:
    made = await api.made("/v1/quotes", {"offer": await api.an_offer()})
    assert (await api.get(f"/v1/quotes/{made['id']}")).json() == made
    assert made["sale"]["price"]["sell"] == {"minor": 50000, "currency": "USD"}


async def test_a_booking_is_made_read_amended_and_cancelled(api: Api) -> None:
    booking = await api.a_booking(reference="UMR-1")
    path = f"/v1/bookings/{booking['id']}"

    read = (await api.get(path)).json()
    assert read["holder"]["details"]["email"] == "siti@example.test"
    assert "details" not in booking["holder"]
    listed = (await api.get("/v1/bookings?state=confirmed&reference=UMR-1")).json()
    assert [b["id"] for b in listed["data"]] == [booking["id"]]
    assert (await api.get("/v1/bookings?state=failed")).json() == {"data": [], "next": None}
    later = {"check_in": "2027-01-15", "check_out": "2027-01-20"}
    amended = await api.post(f"{path}/amend", later)
    assert amended.status_code == 200, amended.text
    assert amended.json()["sale"]["check_in"] == "2027-01-15"
    fee = (await api.get(f"{path}/cancellation-fee")).json()
    assert fee == {"booking": booking["id"], "fee": {"minor": 0, "currency": "USD"}}
    cancelled = await api.post(f"{path}/cancel", {"reason": "the guest fell ill"})
    assert cancelled.json()["state"] == "cancelled"
    assert cancelled.json()["cancelled"]["fee"]["minor"] == 0


async def test_an_erased_person_is_shown_as_erased(api: Api) -> None:
    booking = await api.a_booking()
    person = booking["holder"]["person"]

    erased = await api.post(f"/v1/people/{person}/erase", {"reason": "asked by letter"})

    assert (erased.status_code, erased.content) == (204, b"")
    holder = (await api.get(f"/v1/bookings/{booking['id']}")).json()["holder"]
    assert holder["details"]["erased"] is True
    assert holder["details"]["name"] is None


async def test_a_payment_is_opened_paid_and_refunded(api: Api) -> None:
    booking = await api.a_booking()
    payment = await api.a_paid_payment(booking["id"])
    path = f"/v1/payments/{payment['id']}"

    assert payment["url"].startswith("https://")
    assert (await api.get(path)).json()["state"] == "succeeded"
    listed = (await api.get(f"/v1/payments?booking={booking['id']}")).json()["data"]
    assert [p["id"] for p in listed] == [payment["id"]]
    refund = await api.made(f"{path}/refunds", {"amount": {"minor": 1000, "currency": "USD"}})
    assert refund["state"] == "succeeded"
    assert (await api.get(f"{path}/refunds")).json() == {"data": [refund]}
    assert (await api.get(f"/v1/refunds/{refund['id']}")).json() == refund
    (message,) = (await api.get("/v1/inbox")).json()["data"]
    assert (message["vendor_id"], message["state"]) == ("msg_1", "processed")
    assert "raw" not in message


async def test_a_payment_link_is_closed(api: Api) -> None:
    payment = await api.a_payment((await api.a_booking())["id"])
    path = f"/v1/payments/{payment['id']}/close"
    closed = await api.post(path)
    assert (closed.status_code, closed.json()["state"]) == (200, "expired"), closed.text
    assert closed.json()["url"] is None
    assert (await api.post(path)).json() == closed.json()


async def test_a_partner_is_told(api: Api) -> None:
    partner = await api.a_partner()
    made = await api.an_endpoint(partner)
    endpoint = made["endpoint"]["id"]
    await api.a_booking(partner=partner)

    assert made["secret"].startswith("whsec_")
    assert (await api.get("/v1/partners")).json()["data"][0]["id"] == partner
    assert (await api.get(f"/v1/partners/{partner}")).json()["sees"] == "own"
    assert (await api.get(f"/v1/endpoints/{endpoint}")).json() == made["endpoint"]
    feed = (await api.get("/v1/events")).json()
    assert [e["type"] for e in feed["data"]] == ["booking.confirmed"]
    again = (await api.get(f"/v1/events?after={feed['next']}")).json()
    assert again == {"data": [], "next": feed["next"], "has_more": False}
    event = feed["data"][0]
    assert (await api.get(f"/v1/events/{event['id']}")).json() == event
    where = f"/v1/deliveries?endpoint={endpoint}&event={event['id']}&state=due"
    (delivery,) = (await api.get(where)).json()["data"]
    read = (await api.get(f"/v1/deliveries/{delivery['id']}")).json()
    assert read == {"delivery": delivery, "tries": []}
    resent = await api.post(f"/v1/deliveries/{delivery['id']}/resend")
    assert (resent.status_code, resent.json()["event"]) == (201, event["id"])
    rotated = (await api.post(f"/v1/endpoints/{endpoint}/rotate-secret")).json()
    assert rotated["secret"] != made["secret"]
    assert rotated["endpoint"]["old_secret_until"] is not None
    paused = await api.send("PATCH", f"/v1/endpoints/{endpoint}", {"state": "disabled"})
    assert paused.json()["state"] == "disabled"


async def test_the_audit_trail_is_read_and_verified(api: Api) -> None:
    booking = await api.a_booking()
    entries = (await api.get(f"/v1/audit?subject={booking['id']}")).json()["data"]
    assert entries[-1]["action"] == "booking.submitted"
    verified = (await api.get("/v1/audit/verify")).json()
    assert verified["whole"] is True
    assert verified["held"] >= len(entries)


async def test_keys_are_issued_once_listed_and_revoked(api: Api) -> None:
    issued = await api.made("/v1/keys", {"name": "reader", "permissions": ["bookings:read"]})
    assert (await api.get("/v1/bookings", key=issued["secret"])).status_code == 200
    assert issued["secret"] not in (await api.get("/v1/keys")).text

    revoked = await api.post(f"/v1/keys/{issued['key']['id']}/revoke")

    assert revoked.json()["revoked_at"] is not None
    assert (await api.get("/v1/bookings", key=issued["secret"])).status_code == 401


async def test_a_person_settles_a_booking(api: Api, world: World) -> None:
    booking = await api.made("/v1/bookings", await _lost(api), 202)
    assert booking["state"] == "submitting"
    world.manifest("hotels", absence_certain_after_s=None)
    api.hotels.bookings.clear()
    await world.until_quiet()
    path = f"/v1/bookings/{booking['id']}"
    assert (await api.get(path)).json()["state"] == "needs_operator"

    told = {"outcome": "confirmed", "reason": "by telephone", "supplier_reference": "M-77"}
    settled = await api.post(f"{path}/resolve", told)

    assert (settled.json()["state"], settled.json()["supplier_reference"]) == ("confirmed", "M-77")


async def _lost(api: Api) -> dict[str, object]:
    api.hotels.break_next("book", "lost")
    return {"quote": await api.a_quote(), "holder": HOLDER, "rooms": GUESTS}


async def test_net_prices_are_for_those_who_may_see_them(api: Api) -> None:
    blind = await api.a_key(Permission.SEARCH, Permission.AUDIT_READ, Permission.BOOKINGS_READ)
    seeing = await api.a_key(Permission.SEARCH, Permission.PRICES_NET)
    booking = await api.a_booking()

    def price(answer: dict[str, object]) -> set[str]:
        return set(answer["offers"][0]["sale"]["price"])  # type: ignore[index]

    hidden = await api.post("/v1/hotels/search", SEARCH, key=blind)
    shown = await api.post("/v1/hotels/search", SEARCH, key=seeing)
    assert price(hidden.json()) == {"sell", "taxes"}
    assert {"net", "commission"} <= price(shown.json())
    for path in (f"/v1/bookings/{booking['id']}", "/v1/bookings", "/v1/audit"):
        assert '"net"' not in (await api.get(path, key=blind)).text
    assert "memory-0" not in (await api.get("/v1/audit", key=blind)).text
