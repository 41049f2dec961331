"""A channel's mapping as a table: one row for each plan that the channel lists, to be filled in."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from core.application.channels.channel_parts import ChannelParts
from core.domain.channels.channel import ChannelMapping, IgnoredPlan, PlanMapping, RoomMapping
from core.domain.stock.ari import ChannelCatalogue
from entrypoints.cli.mapping_typed import Ours
from entrypoints.cli.trouble import Trouble

THEIRS, OURS = ("room", "plan"), ("room_type", "rate_plan")
NEEDED = (*THEIRS, *OURS)
COLUMNS = (*NEEDED, "ignored", "room_name", "plan_name")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
YES = ("yes", "y", "x", "1", "true")


def table(parts: ChannelParts, theirs: ChannelCatalogue) -> str:
    """As CSV, filled in as far as it is mapped."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(parts, theirs))
    return text.getvalue()


def _rows(parts: ChannelParts, theirs: ChannelCatalogue) -> Iterator[tuple[str, ...]]:
    ours, mapping = Ours(parts), parts.channel.mapping
    rooms, plans = mapping.room_types(), mapping.rate_plans()
    for room in theirs.rooms:
        room_type = ours.code(rooms[room.code]) if room.code in rooms else ""
        off = "yes" if room.code in mapping.ignored else ""
        if not room.plans:
            yield (room.code, "", room_type, "", off, _inert(room.name), "")
        for plan in room.plans:
            both = plans.get((room.code, plan.code))
            rate_plan = ours.code(both[1]) if both else ""
            left = IgnoredPlan(room.code, plan.code) in mapping.ignored_plans
            mark = off or ("yes" if left else "")
            names = _inert(room.name), _inert(plan.name)
            yield (room.code, plan.code, room_type, rate_plan, mark, *names)


def _inert(name: str) -> str:
    """A name that the channel gives, which a spreadsheet would else run as a formula."""
    return f"'{name}" if name.startswith(FORMULA) else name


def read(file: Path) -> str:
    """- is stdin. Trouble: it cannot be read."""
    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as e:
        raise Trouble(f"{file} cannot be read: {e.strerror}.") from None
    except UnicodeDecodeError:
        raise Trouble(f"{file} is not UTF-8.", "Save it as CSV in UTF-8.") from None


def filled_in(text: str, ours: Ours) -> ChannelMapping:
    """All of the mapping. A row with neither names of ours nor `ignored` decides nothing yet.

    Trouble: names every row that is wrong; or no row decides anything.
    """
    rows = _read(text)
    filled = _Filled(ours)
    for number, row in rows:
        filled.tried(number, row, filled.room)
    for number, row in rows:
        filled.tried(number, row, filled.plan)
    if not (filled.wrong or filled.says_something):
        raise Trouble(
            "No row of the table is filled in; as it stands it would unmap everything.",
            "Write your codes under room_type and rate_plan, or yes under ignored.",
        )
    if filled.wrong:
        said = "; ".join(f"row {number}: {why}" for number, why in sorted(filled.wrong.items()))
        raise Trouble(said, "Nothing was changed.")
    return filled.mapping()


class _Filled:
    """What the rows say so far. rooms: theirs → ours. wrong: row → why, the first of it."""

    def __init__(self, ours: Ours) -> None:
        self._ours = ours
        self._rooms: dict[str, str] = {}
        self._plans: list[PlanMapping] = []
        self._ignored: list[str] = []
        self._ignored_plans: list[IgnoredPlan] = []
        self.wrong: dict[int, str] = {}

    def tried(
        self, number: int, row: dict[str, str], take: Callable[[dict[str, str]], None]
    ) -> None:
        try:
            take(row)
        except Trouble as e:
            self.wrong.setdefault(number, f"{e.said} {e.remedy}".strip())

    def room(self, row: dict[str, str]) -> None:
        if not row["room"]:
            raise Trouble("it names no room of the channel.")
        if not row["room_type"]:
            return
        room_type = self._ours.room(row["room_type"])
        if self._rooms.setdefault(row["room"], room_type) != room_type:
            raise Trouble(f"{row['room']} is another room type in a row above.")

    def plan(self, row: dict[str, str]) -> None:
        room_type, off = self._rooms.get(row["room"], ""), _yes(row)
        if off and (row["rate_plan"] or (room_type and not row["plan"])):
            raise Trouble("it is mapped and ignored at once.")
        if row["rate_plan"]:
            if not (room_type and row["plan"]):
                raise Trouble("a rate_plan needs a room_type, and the channel's plan.")
            rate_plan = self._ours.plan(row["rate_plan"])
            self._plans.append(PlanMapping(room_type, rate_plan, row["plan"]))
        elif off and room_type:
            self._ignored_plans.append(IgnoredPlan(row["room"], row["plan"]))
        elif off:
            self._ignored.append(row["room"])

    @property
    def says_something(self) -> bool:
        return self.mapping() != ChannelMapping()

    def mapping(self) -> ChannelMapping:
        return ChannelMapping(
            tuple(RoomMapping(room_type, code) for code, room_type in self._rooms.items()),
            tuple(self._plans),
            tuple(dict.fromkeys(self._ignored)),
            tuple(dict.fromkeys(self._ignored_plans)),
        )


def _yes(row: dict[str, str]) -> bool:
    return row.get("ignored", "").lower() in YES


def _read(text: str) -> list[tuple[int, dict[str, str]]]:
    """Rows by number, the heading being 1; what is empty is left out."""
    heading = "".join(text.splitlines()[:1])
    mark = max((",", ";", "\t"), key=heading.count)
    lines = io.StringIO(text, newline="")
    found = csv.DictReader(lines, delimiter=mark, restval="", restkey="beyond", strict=True)
    try:
        return _rows_of(found)
    except csv.Error as e:
        said = f"row {found.line_num + 1} is no CSV: {e}"
        raise Trouble(said, "Is a quotation mark left open? Nothing was changed.") from None


def _rows_of(found: csv.DictReader[str]) -> list[tuple[int, dict[str, str]]]:
    missing = [name for name in NEEDED if name not in (found.fieldnames or ())]
    if missing:
        raise Trouble(
            f"The table has no column {', '.join(missing)}.",
            "serai channels catalogue CHANNEL --csv prints one to fill in.",
        )
    rows = []
    for row in found:
        cells = {name: str(row[name]).strip() for name in found.fieldnames or ()}
        if any(cells.values()):
            rows.append((found.line_num, cells))
    return rows
