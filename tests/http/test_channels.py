"""What a platform is told of a channel that refuses our prices."""

from __future__ import annotations

import pytest

from core.domain.stock.ari import RateLine
from tests.application.given_channels import House
from tests.application.test_refused_prices import closing, refusing
from tests.fakes.selling_channel import SellingChannel
from tests.http.rig import Api, Json

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(api: Api) -> House:
    made = House(api.world)
    await made.build(nights=4)
    return made


@pytest.fixture
async def seller(house: House) -> SellingChannel:
    made = await house.sell_at("seller")
    await house.settle()
    return made


async def refused(api: Api, house: House) -> list[Json]:
    """The same in the list as of the channel alone."""
    id = house.ours["seller"].id
    one = (await api.get(f"/v1/channels/{id}")).json()
    (listed,) = (await api.get("/v1/channels")).json()["data"]
    assert listed["refused"] == one["refused"]
    found: list[Json] = one["refused"]
    return found


async def test_a_refused_price_says_that_its_nights_are_closed_and_goes_once_one_is_taken(
    api: Api, house: House, seller: SellingChannel
) -> None:
    assert await refused(api, house) == []
    mended = refusing(seller, lambda line: isinstance(line, RateLine))
    await house.price("DLX", "BAR", 1, 2, 700_000_00)
    await house.settle(30)
    (one,) = await refused(api, house)
    assert one.pop("at")
    assert one == {
        "room": "DLX",
        "plan": "BAR",
        "first": str(house.night(1)),
        "last": str(house.night(2)),
        "weekdays": [],
        "code": "402",
        "message": "there is none",
        "closed": True,
    }
    mended()
    await house.price("DLX", "BAR", 1, 2, 600_000_00)
    await house.settle(30)
    assert await refused(api, house) == []


async def test_where_the_channel_will_not_close_either_the_price_says_so_and_the_closing_is_no_price(
    api: Api, house: House, seller: SellingChannel
) -> None:
    refusing(seller, lambda line: isinstance(line, RateLine) or closing(line))
    await house.price("DLX", "BAR", 1, 1, 700_000_00)
    await house.settle(30)
    assert [one["closed"] for one in await refused(api, house)] == [False, None]
