from typing import Any

import msgspec
import pytest

from core.domain.channels.channel import ChannelMapping, IgnoredPlan, PlanMapping, RoomMapping
from core.domain.channels.channel_mapping import Hole, Sellable, completeness
from core.domain.stock.ari import ChannelCatalogue, ChannelPlan, ChannelRoom

OURS = Sellable(
    {"rmt_dlx": frozenset({"rpl_bar", "rpl_nrf"}), "rmt_sgl": frozenset({"rpl_bar"})},
    {"rmt_dlx": "Deluxe", "rmt_sgl": "Single"},
    {"rpl_bar": "SAR", "rpl_nrf": "SAR"},
)
THEIRS = ChannelCatalogue(
    "H1",
    "Dar Contoh",
    (
        ChannelRoom("DLX", "Deluxe", (ChannelPlan("B1", "BAR", "SAR"), ChannelPlan("N1", "NRF"))),
        ChannelRoom("SGL", "Single", (ChannelPlan("B2", "BAR", "SAR"),)),
    ),
)
WHOLE = ChannelMapping(
    (RoomMapping("rmt_dlx", "DLX"), RoomMapping("rmt_sgl", "SGL")),
    (
        PlanMapping("rmt_dlx", "rpl_bar", "B1"),
        PlanMapping("rmt_dlx", "rpl_nrf", "N1"),
        PlanMapping("rmt_sgl", "rpl_bar", "B2"),
    ),
)


def mapping(**other: Any) -> ChannelMapping:
    return msgspec.structs.replace(WHOLE, **other)


def test_a_whole_mapping_has_no_gap() -> None:
    report = completeness(WHOLE, OURS, THEIRS)
    assert report.complete
    assert (report.unsold, report.mapped, report.of) == ((), 2, 2)


def test_a_plan_of_theirs_that_we_do_not_sell_is_no_gap() -> None:
    few = mapping(plans=(WHOLE.plans[0], WHOLE.plans[2]))
    assert {gap.hole for gap in completeness(few, OURS, THEIRS).gaps} == {Hole.PLAN_UNMAPPED}
    ignored = msgspec.structs.replace(few, ignored_plans=(IgnoredPlan("DLX", "N1"),))
    assert completeness(ignored, OURS, THEIRS).complete
    elsewhere = msgspec.structs.replace(few, ignored_plans=(IgnoredPlan("SGL", "N1"),))
    assert not completeness(elsewhere, OURS, THEIRS).complete


SINGLE_ONLY = mapping(rooms=WHOLE.rooms[1:], plans=WHOLE.plans[2:])


@pytest.mark.parametrize(
    ("mapping", "gaps"),
    [
        (
            ChannelMapping(),
            {(Hole.NOTHING_MAPPED, "", "")} | {(Hole.ROOM_UNMAPPED, c, "") for c in ("DLX", "SGL")},
        ),
        (SINGLE_ONLY, {(Hole.ROOM_UNMAPPED, "DLX", "")}),
        (mapping(plans=WHOLE.plans[1:]), {(Hole.PLAN_UNMAPPED, "DLX", "B1")}),
        (
            mapping(plans=WHOLE.plans[:2]),
            {(Hole.ROOM_WITHOUT_PLAN, "rmt_sgl", ""), (Hole.PLAN_UNMAPPED, "SGL", "B2")},
        ),
        (
            mapping(rooms=(WHOLE.rooms[0], RoomMapping("rmt_sgl", "DLX"))),
            {
                (Hole.ROOM_TWICE, "DLX", ""),
                (Hole.ROOM_UNMAPPED, "SGL", ""),
                (Hole.NO_SUCH_PLAN, "DLX", "B2"),
            },
        ),
        (
            mapping(rooms=(*WHOLE.rooms, RoomMapping("rmt_gone", "XXX"))),
            {
                (Hole.NO_SUCH_ROOM_TYPE, "rmt_gone", ""),
                (Hole.ROOM_WITHOUT_PLAN, "rmt_gone", ""),
                (Hole.NO_SUCH_ROOM, "XXX", ""),
            },
        ),
        (
            mapping(plans=(*WHOLE.plans, PlanMapping("rmt_sgl", "rpl_nrf", "N9"))),
            {(Hole.NO_SUCH_RATE_PLAN, "rmt_sgl", "rpl_nrf"), (Hole.NO_SUCH_PLAN, "SGL", "N9")},
        ),
        (
            mapping(plans=(*WHOLE.plans, PlanMapping("rmt_dlx", "rpl_nrf", "B1"))),
            {(Hole.PLAN_TWICE, "rmt_dlx", "B1")},
        ),
        (
            mapping(plans=(*WHOLE.plans, PlanMapping("rmt_tri", "rpl_bar", "B1"))),
            {(Hole.PLAN_WITHOUT_ROOM, "rmt_tri", "rpl_bar")},
        ),
        (
            mapping(rooms=(*WHOLE.rooms, RoomMapping("rmt_sgl", "SGL"))),
            {(Hole.ROOM_TWICE, "SGL", ""), (Hole.ROOM_TYPE_TWICE, "rmt_sgl", "")},
        ),
    ],
)
def test_every_hole_is_named(mapping: ChannelMapping, gaps: set[tuple[Hole, str, str]]) -> None:
    report = completeness(mapping, OURS, THEIRS)
    assert {(gap.hole, gap.room, gap.plan) for gap in report.gaps} == gaps
    assert all(gap.means for gap in report.gaps)


@pytest.mark.parametrize(
    ("room_types", "closed"),
    [
        ({"rmt_dlx": frozenset({"rpl_bar", "rpl_nrf"})}, {(Hole.ROOM_TYPE_RETIRED, "rmt_sgl", "")}),
        (
            {"rmt_dlx": frozenset({"rpl_bar"}), "rmt_sgl": frozenset({"rpl_bar"})},
            {(Hole.RATE_PLAN_RETIRED, "rmt_dlx", "rpl_nrf")},
        ),
    ],
)
def test_what_is_no_longer_sold_is_named_and_no_hole(
    room_types: dict[str, frozenset[str]], closed: set[tuple[Hole, str, str]]
) -> None:
    names = dict.fromkeys(("rmt_dlx", "rmt_sgl", "rpl_bar", "rpl_nrf"), "Name")
    ours = msgspec.structs.replace(OURS, room_types=room_types, names=names)
    report = completeness(WHOLE, ours, THEIRS)
    assert report.complete
    assert {(gap.hole, gap.room, gap.plan) for gap in report.closed} == closed
    assert all(gap.means for gap in report.closed)


def test_a_room_left_out_on_purpose_is_no_hole() -> None:
    report = completeness(msgspec.structs.replace(SINGLE_ONLY, ignored=("DLX",)), OURS, THEIRS)
    assert report.complete
    assert report.unsold == (("rmt_dlx", ""),)
    assert (report.mapped, report.of) == (1, 1)


def test_a_plan_in_another_currency_is_a_hole() -> None:
    ours = msgspec.structs.replace(OURS, currencies={"rpl_bar": "IDR", "rpl_nrf": "SAR"})
    report = completeness(WHOLE, ours, THEIRS)
    assert {(g.hole, g.room, g.plan) for g in report.gaps} == {
        (Hole.CURRENCY, "DLX", "B1"),
        (Hole.CURRENCY, "SGL", "B2"),
    }


def test_a_channel_that_cannot_say_what_it_sells_is_taken_at_our_word() -> None:
    assert completeness(WHOLE, OURS, None).complete
