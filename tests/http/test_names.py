"""A name that holds what nobody sees is refused wherever a name is read, by its field."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.rig import HOLDER, Api, Json

pytestmark = pytest.mark.anyio
TURNED, PLAIN = "Siti\u202eHOTNOC", "Siti"


async def faults(api: Api, path: str, body: Any) -> dict[str, str]:
    answer = await api.post(path, body)
    assert answer.status_code == 422, answer.text
    assert TURNED not in answer.text
    return {fault["pointer"]: fault["message"] for fault in answer.json()["errors"]}


def turned(body: Json, *path: str) -> Json:
    """*body* with TURNED at *path*."""
    first, *rest = path
    return {**body, first: turned(body[first], *rest) if rest else TURNED}


async def test_of_guests(api: Api) -> None:
    booking = await api.booking_of()
    told = await faults(api, "/v1/bookings", {**booking, "holder": {**HOLDER, "name": TURNED}})
    assert list(told) == ["/holder/name"]
    assert told["/holder/name"].startswith("holds U+202E, which nobody sees, as character 5: ")
    assert (await api.post("/v1/bookings", booking)).status_code == 201


async def test_of_signers_and_whom_they_sign_for(api: Api) -> None:
    akad = await api.an_akad(await api.a_booking())
    for path in (
        ("muwakkil", "signer", "surname"),
        ("muwakkil", "guardian_of"),
        ("wakil", "signer", "name"),
    ):
        told = await faults(api, "/v1/agreements", turned(akad, *path))
        assert list(told) == ["/" + "/".join(path)]


async def test_of_pilgrims_and_escorts(api: Api) -> None:
    departure = f"/v1/departures/{await api.a_departure()}"
    dossier = {"full_name": TURNED}
    pilgrim = {"reference": "A-1", "registered_on": "2026-11-01", "dossier": dossier}
    assert list(await faults(api, f"{departure}/pilgrims", pilgrim)) == ["/dossier/full_name"]
    table = f"reference,registered_on,full_name\nA-1,2026-11-01,{TURNED}\n".encode()
    preview = await api.made(f"{departure}/imports?dry_run=true", table, 200)
    assert [(f["row"], f["column"]) for f in preview["faults"]] == [(2, "full_name")]
    new = {
        "entity": api.world.entity.id,
        "connection": (await api.world.connect("regulator")).id,
        "plan": {"name": "Umrah", "departs_on": "2027-01-14", "returns_on": "2027-01-23"},
        "guide": {"name": PLAIN, "surname": TURNED},
    }
    assert list(await faults(api, "/v1/departures", new)) == ["/guide/surname"]
