"""A mapping as an operator types it, or fills it in as a table."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from core.application.channels.add_channel import (
    ChannelChange,
    NewChannel,
    add_channel,
    change_channel,
    map_channel,
    read_catalogue,
)
from core.application.channels.channel_parts import ChannelParts
from core.domain.channels.channel import ChannelMapping, IgnoredPlan, PlanMapping, RoomMapping
from core.domain.problem import Invalid
from core.domain.stock.ari import ChannelCatalogue
from entrypoints.cli.mapping_table import filled_in, read, table
from entrypoints.cli.mapping_typed import Ours, heeded, ignored, mapped, unmapped
from entrypoints.cli.trouble import Trouble
from ports.manifest import Role
from tests.application.given_channels import TERMS, House
from tests.fakes.hub import World
from tests.fakes.memory_channel import PROPERTY
from tests.fakes.selling_channel import SellingChannel
from tests.fakes.vendors import a_manifest

pytestmark = pytest.mark.anyio
NOTHING = ChannelMapping()


class Desk:
    """The memory channel sells DLX (BAR, NRF) and FAM (BAR), as the property does."""

    def __init__(self, house: House, parts: ChannelParts, theirs: ChannelCatalogue) -> None:
        self.house, self.parts, self.theirs = house, parts, theirs
        self.ours = Ours(parts)
        self.dlx, self.fam = house.rooms["DLX"].id, house.rooms["FAM"].id
        self.bar, self.nrf = house.plans["BAR"].id, house.plans["NRF"].id

    def at(self, mapping: ChannelMapping) -> ChannelParts:
        channel = msgspec.structs.replace(self.parts.channel, mapping=mapping)
        return msgspec.structs.replace(self.parts, channel=channel)

    def holes(self, mapping: ChannelMapping) -> list[str]:
        return [gap.hole for gap in self.at(mapping).mapping().gaps]


@pytest.fixture
async def desk(world: World) -> Desk:
    house = House(world)
    await house.build(nights=1)
    world.vendors.known["acme"] = a_manifest("acme", Role.ARI_CHANNEL, distribution=TERMS)
    connection = await world.connect("acme", SellingChannel(world.clock))
    new = NewChannel(connection.id, house.house.id, PROPERTY, "acme")
    made = await add_channel(world.hub, world.asking, new)
    parts = await read_catalogue(world.hub, world.asking, made.id)
    assert parts.channel.catalogue is not None
    return Desk(house, parts, parts.channel.catalogue)


async def test_what_is_typed_is_mapped_and_the_rest_stays(desk: Desk) -> None:
    first = mapped(NOTHING, desk.ours, ["DLX=DLX"], ["DLX/BAR=BAR", f"{desk.dlx}/NRF=NRF"])
    assert first.rooms == (RoomMapping(desk.dlx, "DLX"),)
    assert desk.holes(first) == ["room_unmapped"]
    whole = mapped(first, desk.ours, ["FAM=FAM"], ["FAM/BAR=BAR"])
    assert desk.holes(whole) == []
    assert mapped(whole, desk.ours, ["FAM=FAM"], ["FAM/BAR=BAR"]) == whole


async def test_several_of_theirs_may_be_one_of_ours(desk: Desk) -> None:
    both = mapped(NOTHING, desk.ours, ["DLX=DLX"], ["DLX/BAR=BAR"])
    both = mapped(both, desk.ours, [], ["DLX/BAR=NRF"])
    codes = [PlanMapping(desk.dlx, desk.bar, code) for code in ("BAR", "NRF")]
    assert list(both.plans) == codes
    moved = mapped(both, desk.ours, [], ["DLX/NRF=NRF"])
    assert moved.plans == (codes[0], PlanMapping(desk.dlx, desk.nrf, "NRF"))
    assert unmapped(both, desk.ours, [], ["DLX/BAR=NRF"]).plans == (codes[0],)
    assert unmapped(both, desk.ours, [], ["DLX/BAR"]).plans == ()
    printed = table(desk.at(both), desk.theirs)
    assert filled_in(printed, desk.ours) == both


async def test_a_room_that_moves_takes_no_plan_along(desk: Desk) -> None:
    whole = mapped(NOTHING, desk.ours, ["DLX=DLX"], ["DLX/BAR=BAR"])
    moved = mapped(whole, desk.ours, ["DLX=FAM"], [])
    assert moved == ChannelMapping((RoomMapping(desk.dlx, "FAM"),))


async def test_what_is_not_sold_there_is_ignored_until_it_is_mapped(desk: Desk) -> None:
    some = mapped(NOTHING, desk.ours, ["DLX=DLX"], ["DLX/BAR=BAR"])
    off = ignored(some, desk.ours, ["FAM"], ["DLX/NRF"])
    assert (off.ignored, off.ignored_plans) == (("FAM",), (IgnoredPlan("DLX", "NRF"),))
    assert desk.holes(off) == []
    assert ignored(off, desk.ours, ["FAM"], ["DLX/NRF"]) == off
    assert heeded(off, ["FAM"], ["DLX/NRF"]) == some
    on = mapped(off, desk.ours, ["FAM=FAM"], ["FAM/BAR=BAR", "DLX/NRF=NRF"])
    assert (on.ignored, on.ignored_plans) == ((), ())
    assert desk.holes(on) == []


async def test_what_is_mapped_is_not_ignored(desk: Desk) -> None:
    some = mapped(NOTHING, desk.ours, ["DLX=DLX"], ["DLX/BAR=BAR"])
    with pytest.raises(Trouble, match="DLX is mapped to DLX"):
        ignored(some, desk.ours, ["DLX"], [])
    with pytest.raises(Trouble, match="DLX/BAR is mapped to DLX/BAR"):
        ignored(some, desk.ours, [], ["DLX/BAR"])


async def test_a_room_is_unmapped_with_its_plans(desk: Desk) -> None:
    some = mapped(NOTHING, desk.ours, ["DLX=DLX"], ["DLX/BAR=BAR", "DLX/NRF=NRF"])
    assert unmapped(some, desk.ours, [], ["DLX/NRF"]).plans == (
        PlanMapping(desk.dlx, desk.bar, "BAR"),
    )
    assert unmapped(some, desk.ours, ["DLX"], []) == NOTHING


@pytest.mark.parametrize(
    ("rooms", "plans", "said"),
    [
        (["DLX"], [], "--room DLX does not say what is which"),
        (["DLX=FAM", "DLX=DLX"], [], "--room DLX is named twice"),
        (["=DLX"], [], "--room =DLX does not say what is which"),
        (["QUAD=1"], [], "There is no room type QUAD"),
        ([], ["DLX=1"], "--plan DLX does not name both of ours"),
        ([], ["DLX/XYZ=1"], "There is no rate plan XYZ"),
    ],
)
async def test_what_cannot_be_read_is_said_by_its_option(
    desk: Desk, rooms: list[str], plans: list[str], said: str
) -> None:
    with pytest.raises(Trouble) as raised:
        mapped(NOTHING, desk.ours, rooms, plans)
    assert raised.value.said.startswith(said)
    assert raised.value.remedy


async def test_a_table_comes_back_as_it_was_printed(desk: Desk) -> None:
    some = mapped(NOTHING, desk.ours, ["DLX=DLX"], ["DLX/BAR=BAR"])
    off = ignored(some, desk.ours, ["FAM"], ["DLX/NRF"])
    printed = table(desk.at(off), desk.theirs)
    assert printed.splitlines() == [
        "room,plan,room_type,rate_plan,ignored,room_name,plan_name",
        "DLX,BAR,DLX,BAR,,Dlx,Bar",
        "DLX,NRF,DLX,,yes,Dlx,Nrf",
        "FAM,BAR,,,yes,Fam,Bar",
    ]
    assert filled_in(printed, desk.ours) == off
    assert filled_in(printed.replace(",", ";"), desk.ours) == off, "as some offices save it"


async def test_a_name_that_the_channel_gives_runs_in_no_spreadsheet(desk: Desk) -> None:
    room = msgspec.structs.replace(desk.theirs.rooms[0], name="=HYPERLINK(A1)")
    printed = table(desk.parts, msgspec.structs.replace(desk.theirs, rooms=(room,)))
    assert ",'=HYPERLINK(A1)," in printed


async def test_a_table_that_nobody_filled_in_unmaps_nothing(desk: Desk) -> None:
    printed = table(desk.parts, desk.theirs)
    for text in (printed, printed.splitlines()[0]):
        with pytest.raises(Trouble, match="No row of the table is filled in") as raised:
            filled_in(text, desk.ours)
        assert "room_type and rate_plan" in raised.value.remedy


async def test_a_table_of_a_mac_or_with_lines_in_a_name_is_read(desk: Desk) -> None:
    text = 'room,plan,room_type,rate_plan,room_name\rDLX,BAR,DLX,BAR,"De\rluxe"\r'
    assert filled_in(text, desk.ours) == mapped(NOTHING, desk.ours, ["DLX=DLX"], ["DLX/BAR=BAR"])


@pytest.mark.parametrize("cell", ['"left open', "x" * 200_000])
async def test_what_is_no_csv_is_named_by_its_row(desk: Desk, cell: str) -> None:
    text = f"room,plan,room_type,rate_plan\nDLX,BAR,DLX,BAR\n{cell},BAR,FAM,BAR\n"
    with pytest.raises(Trouble, match="row 3 is no CSV: "):
        filled_in(text, desk.ours)


async def test_the_rows_of_a_room_need_its_room_type_once(desk: Desk) -> None:
    text = "plan,room,rate_plan,room_type\nBAR,DLX,BAR,\nNRF,DLX,NRF,DLX\n\n"
    assert filled_in(text, desk.ours) == mapped(
        NOTHING, desk.ours, ["DLX=DLX"], ["DLX/BAR=BAR", "DLX/NRF=NRF"]
    )


async def test_every_wrong_row_is_named(desk: Desk) -> None:
    text = (
        "room,plan,room_type,rate_plan,ignored\n"
        "DLX,BAR,QUAD,BAR,\n"
        "DLX,BAR,DLX,BAR,yes\n"
        "DLX,NRF,FAM,NRF,\n"
        "FAM,BAR,,BAR,\n"
        ",BAR,FAM,BAR,\n"
        "DLX,NRF,,XYZ,\n"
    )
    with pytest.raises(Trouble) as raised:
        filled_in(text, desk.ours)
    assert raised.value.said.split("; ") == [
        "row 2: There is no room type QUAD. There are: DLX, FAM",
        "row 3: it is mapped and ignored at once.",
        "row 4: DLX is another room type in a row above.",
        "row 5: a rate_plan needs a room_type, and the channel's plan.",
        "row 6: it names no room of the channel.",
        "row 7: There is no rate plan XYZ. There are: BAR, NRF",
    ]


async def test_a_file_that_is_no_such_table_says_how_to_get_one(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="no column plan, room_type, rate_plan") as raised:
        filled_in("room\nDLX\n", desk.ours)
    assert "--csv" in raised.value.remedy
    (tmp_path / "map.csv").write_bytes(b"room\xff")
    with pytest.raises(Trouble, match="is not UTF-8"):
        read(tmp_path / "map.csv")
    with pytest.raises(Trouble, match="cannot be read"):
        read(tmp_path / "absent.csv")


async def test_a_refusal_of_the_hub_names_ours_by_their_codes(desk: Desk, world: World) -> None:
    twice = mapped(NOTHING, desk.ours, ["DLX=DLX"], ["DLX/BAR=BAR"])
    twice = msgspec.structs.replace(twice, rooms=(*twice.rooms, RoomMapping(desk.dlx, "FAM")))
    with pytest.raises(Invalid) as raised:
        await map_channel(world.hub, world.asking, desk.parts.channel.id, twice)
    (fault,) = raised.value.faults
    assert desk.ours.said(fault.message) == "DLX: one stock would be sold as two rooms"


@pytest.mark.parametrize("word", ["", " ", "x" * 201])
async def test_no_channel_has_a_name_or_code_of_no_or_of_endless_letters(
    desk: Desk, world: World, word: str
) -> None:
    """The API's own limits, also for whoever does not come by it."""
    change = ChannelChange(property_code=word, name=word)
    with pytest.raises(Invalid) as raised:
        await change_channel(world.hub, world.asking, desk.parts.channel.id, change)
    assert [fault.pointer for fault in raised.value.faults] == ["/property_code", "/name"]
    new = NewChannel("con_1", desk.house.house.id, word)
    with pytest.raises(Invalid, match="characters"):
        await add_channel(world.hub, world.asking, new)


async def test_what_is_typed_goes_through_the_hub(desk: Desk, world: World) -> None:
    some = mapped(NOTHING, desk.ours, ["DLX=DLX"], ["DLX/BAR=BAR"])
    whole = ignored(some, desk.ours, ["FAM"], ["DLX/NRF"])
    _, report = await map_channel(world.hub, world.asking, desk.parts.channel.id, whole)
    assert report.complete
