"""What vendors sent in: found by its state, read again or dismissed by whoever may."""

from __future__ import annotations

import pytest

from core.domain.tenancy import Permission
from tests.http.rig import Api, Json

pytestmark = pytest.mark.anyio
BECAUSE = {"reason": "paid by hand"}


async def of(api: Api, query: str) -> list[str]:
    found: list[Json] = (await api.get(f"/v1/inbox?{query}")).json()["data"]
    return [one["id"] for one in found]


async def test_it_is_found_by_state_and_connection_and_read_without_its_bytes(api: Api) -> None:
    booking = await api.a_booking()
    await api.a_paid_payment(booking["id"])
    id = await api.a_quarantined_message()
    assert await of(api, "state=quarantined") == [id]
    (read,) = await of(api, "state=processed")
    assert await of(api, f"connection={api.world.pay.id}") == [id, read]
    assert await of(api, f"connection={api.world.hotel.id}&state=quarantined") == []
    one = (await api.get(f"/v1/inbox/{id}")).json()
    assert one == (await api.get("/v1/inbox?state=quarantined")).json()["data"][0]
    assert (one["state"], one["vendor_id"], one["attempts"]) == ("quarantined", "msg_odd", 1)
    assert (one["handled_at"], one["reason"], "raw" in one) == (None, "", False)


async def test_a_retry_is_taken_once_and_what_still_cannot_be_read_is_told_again(api: Api) -> None:
    id = await api.a_quarantined_message()
    retry = f"/v1/inbox/{id}/retry"
    first = await api.post(retry, {"reason": "they mended it"}, once="retry-1")
    assert (first.status_code, first.json()["state"]) == (202, "received")
    assert (first.json()["attempts"], first.json()["reason"]) == (0, "they mended it")
    other = await api.post(retry)
    assert (other.status_code, other.json()["code"]) == (409, "not_quarantined")
    assert "read by itself" in other.json()["detail"]
    await api.world.check_due()
    again = await api.post(retry, {"reason": "they mended it"}, once="retry-1")
    assert (again.status_code, again.content) == (202, first.content)
    assert await of(api, "state=quarantined") == [id]
    assert await api.world.told(id) == ["inbox.quarantined"] * 2
    assert (await api.post(retry)).status_code == 202  # a reason is not owed


async def test_a_dismissed_one_is_over_and_its_reason_is_shown_and_audited(api: Api) -> None:
    id = await api.a_quarantined_message()
    dismiss = f"/v1/inbox/{id}/dismiss"
    for body, where in (({}, "/reason"), ({"reason": ""}, "/reason")):
        refused = await api.post(dismiss, body)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, where)
    done = await api.post(dismiss, BECAUSE, once="dismiss-1")
    assert (done.status_code, done.json()["state"]) == (200, "dismissed")
    assert done.json()["reason"] == "paid by hand"
    assert done.json()["note"]  # why it was quarantined stays to be seen
    assert (await api.get(f"/v1/inbox/{id}")).json() == done.json()
    assert await of(api, "state=dismissed") == [id]
    assert (await api.post(dismiss, BECAUSE, once="dismiss-1")).content == done.content
    for action in ("retry", "dismiss"):
        late = await api.post(f"/v1/inbox/{id}/{action}", BECAUSE)
        assert (late.status_code, late.json()["resource"]) == (409, id)
        assert "do by hand what it asked for" in late.json()["detail"]
    await api.world.store.seal()
    (entry,) = (await api.get(f"/v1/audit?subject={id}")).json()["data"]
    assert (entry["action"], entry["reason"]) == ("inbox.dismissed", "paid by hand")
    assert await api.world.told(id) == ["inbox.quarantined", "inbox.settled"]


async def test_who_only_reads_handles_nothing_and_strangers_find_nothing(api: Api) -> None:
    id = await api.a_quarantined_message()
    reader = await api.a_key(Permission.CONNECTIONS_READ)
    _, abroad = await api.world.another_tenant()
    stranger = await api.a_key(Permission.ADMIN, asking=abroad)
    assert (await api.get(f"/v1/inbox/{id}", key=reader)).status_code == 200
    assert (await api.get(f"/v1/inbox/{id}", key=stranger)).status_code == 404
    for action in ("retry", "dismiss"):
        path = f"/v1/inbox/{id}/{action}"
        assert (await api.post(path, BECAUSE, key=reader)).status_code == 403
        assert (await api.post(path, BECAUSE, key=stranger)).status_code == 404
    assert await of(api, "state=quarantined") == [id]


async def test_payments_are_found_by_their_state(api: Api) -> None:
    booking = await api.a_booking()
    paid = await api.a_paid_payment(booking["id"])
    open_ = await api.a_payment((await api.a_booking())["id"])
    for state, ids in (("succeeded", [paid["id"]]), ("open", [open_["id"]]), ("failed", [])):
        found = (await api.get(f"/v1/payments?state={state}")).json()["data"]
        assert [one["id"] for one in found] == ids
