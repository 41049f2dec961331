from __future__ import annotations

from collections.abc import Mapping

from litestar import Controller, Response, get, patch, post, put
from litestar.params import FromPath

from core.application.filings.file_report import erase_group
from core.application.filings.import_pilgrims import (
    list_imports,
    preview_import,
    read_import,
    start_import,
)
from core.application.filings.plan_departure import (
    cancel_departure,
    list_departures,
    plan_departure,
    read_departure,
    replan_departure,
    report_travel,
)
from core.application.filings.register_pilgrim import (
    change_pilgrim,
    list_pilgrims,
    read_pilgrim,
    register_pilgrim,
    withdraw_pilgrim,
)
from core.application.hub import Asking
from core.domain.idempotency import Answer
from core.domain.person import Person
from core.domain.tenancy import Permission
from entrypoints.http import answers
from entrypoints.http.call import Called, reasoned
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.paging import Listing, Paging, listing
from entrypoints.http.wire import pilgrim as wire
from entrypoints.http.wire.values import Because, BecauseOwed

NOBODY: Mapping[str, Person] = {}


class DepartureController(Controller):
    path = "/departures"
    tags = ("Pilgrims",)

    @post(
        opt=operation(
            summary="Plan a departure",
            needs=Permission.PILGRIMS_WRITE,
            takes=wire.NewDeparture,
            key=Key.HONOURED,
            answers={201: wire.Departure},
            problems=(404,),
        )
    )
    async def plan(self, call: Called) -> Response[bytes]:
        """Its three filings are opened with it: registration, departure, return."""
        new = await call.body(wire.NewDeparture)

        async def act(asking: Asking, made: str | None) -> Answer:
            planned = await plan_departure(call.hub, asking, new.wish(), made)
            return answers.given(wire.departure(*planned), 201)

        return await once(call, act)

    @get(
        opt=operation(
            summary="List departures, newest first",
            needs=Permission.PILGRIMS_READ,
            asks=wire.DepartureQuery,
            answers={200: Listing[wire.Departure]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        """Escorts are shown by id alone; read one departure for their names."""
        asked = call.query(wire.DepartureQuery)
        found = await list_departures(call.hub, call.asking, asked.page, entity=asked.entity)
        return call.answer(listing(found, asked, lambda d: wire.departure(d, NOBODY)))

    @get(
        "/{departure_id:str}",
        opt=operation(
            summary="Read a departure",
            needs=Permission.PILGRIMS_READ,
            answers={200: wire.Departure},
        ),
    )
    async def read(self, call: Called, departure_id: FromPath[str]) -> Response[bytes]:
        found, people = await read_departure(call.hub, call.asking, departure_id)
        return call.answer(wire.departure(found, people))

    @put(
        "/{departure_id:str}",
        opt=operation(
            summary="Change the plan of a departure",
            needs=Permission.PILGRIMS_WRITE,
            takes=wire.DepartureChange,
            answers={200: wire.Departure},
        ),
    )
    async def replan(self, call: Called, departure_id: FromPath[str]) -> Response[bytes]:
        """The last days of its filings follow."""
        change = await call.body(wire.DepartureChange)
        planned = await replan_departure(
            call.hub,
            reasoned(call.asking, change.reason),
            departure_id,
            change.plan.plan(),
            change.leader.escort() if change.leader else None,
            change.guide.escort() if change.guide else None,
        )
        return call.answer(wire.departure(*planned))

    @post(
        "/{departure_id:str}/travel",
        opt=operation(
            summary="Say when the group left and came back",
            needs=Permission.PILGRIMS_WRITE,
            takes=wire.Travel,
            key=Key.HONOURED,
            answers={200: wire.Departure},
        ),
    )
    async def travel(self, call: Called, departure_id: FromPath[str]) -> Response[bytes]:
        """The return is owed within ten days of the day it tells."""
        told = await call.body(wire.Travel)

        async def act(asking: Asking, _: str | None) -> Answer:
            asking = reasoned(asking, told.reason)
            after = await report_travel(call.hub, asking, departure_id, told.travelled())
            return answers.given(wire.departure(*after), 200)

        return await once(call, act)

    @post(
        "/{departure_id:str}/cancel",
        opt=operation(
            summary="Cancel a departure",
            needs=Permission.PILGRIMS_WRITE,
            takes=BecauseOwed,
            key=Key.HONOURED,
            answers={200: wire.Departure},
        ),
    )
    async def cancel(self, call: Called, departure_id: FromPath[str]) -> Response[bytes]:
        """Nothing is owed for it any more. A repeat does nothing."""
        because = await call.body(BecauseOwed)

        async def act(asking: Asking, _: str | None) -> Answer:
            asking = reasoned(asking, because.reason)
            after = await cancel_departure(call.hub, asking, departure_id)
            return answers.given(wire.departure(*after), 200)

        return await once(call, act)

    @post(
        "/{departure_id:str}/erase",
        opt=operation(
            summary="Erase the personal data of a whole group",
            needs=Permission.PEOPLE_ERASE,
            takes=BecauseOwed,
            key=Key.HONOURED,
            answers={200: wire.Erased},
        ),
    )
    async def erase(self, call: Called, departure_id: FromPath[str]) -> Response[bytes]:
        """After the days that the connection keeps them, or when it was cancelled. For good."""
        because = await call.body(BecauseOwed)

        async def act(asking: Asking, _: str | None) -> Answer:
            asking = reasoned(asking, because.reason)
            return answers.given(
                wire.Erased(await erase_group(call.hub, asking, departure_id)), 200
            )

        return await once(call, act)

    @post(
        "/{departure_id:str}/pilgrims",
        opt=operation(
            summary="Register a pilgrim",
            needs=Permission.PILGRIMS_WRITE,
            takes=wire.NewPilgrim,
            key=Key.HONOURED,
            answers={201: wire.Pilgrim},
        ),
    )
    async def register(self, call: Called, departure_id: FromPath[str]) -> Response[bytes]:
        """Gaps are no fault here: a filing names them. What cannot be right is refused."""
        new = await call.body(wire.NewPilgrim)

        async def act(asking: Asking, made: str | None) -> Answer:
            found = await register_pilgrim(call.hub, asking, departure_id, new.wish(), made)
            return answers.given(wire.pilgrim(*found), 201)

        return await once(call, act)

    @get(
        "/{departure_id:str}/pilgrims",
        opt=operation(
            summary="List the pilgrims of a departure, newest first",
            needs=Permission.PILGRIMS_READ,
            asks=Paging,
            answers={200: Listing[wire.Pilgrim]},
        ),
    )
    async def pilgrims(self, call: Called, departure_id: FromPath[str]) -> Response[bytes]:
        asked = call.query(Paging)
        found = await list_pilgrims(call.hub, call.asking, asked.page, departure=departure_id)
        known = {pilgrim.id: dossier for pilgrim, dossier in found}
        group = [pilgrim for pilgrim, _ in found]
        return call.answer(listing(group, asked, lambda p: wire.pilgrim(p, known[p.id])))

    @post(
        "/{departure_id:str}/imports",
        opt=operation(
            summary="Register pilgrims from a table",
            needs=Permission.PILGRIMS_WRITE,
            raw=True,
            asks=wire.ImportQuery,
            key=Key.HONOURED,
            answers={200: wire.ImportPreview, 201: wire.Import},
        ),
    )
    async def import_(self, call: Called, departure_id: FromPath[str]) -> Response[bytes]:
        """A CSV in UTF-8, comma or semicolon, at most 5,000 rows and 1 MiB, with the headings
        `reference`, `registered_on` and any field of a dossier, or those of the exported table.
        Dates are 2026-12-31 or 31-12-2026. Rows that are right go in by steps, however often the
        hub is restarted; each wrong one is named by its row and column. A reference that is
        there already is filled in. 200: with `dry_run`, what it would do."""
        asked = call.query(wire.ImportQuery)
        raw = await call.request.body()

        async def act(asking: Asking, made: str | None) -> Answer:
            if asked.dry_run:
                roster = await preview_import(call.hub, asking, departure_id, raw)
                return answers.given(wire.preview(roster), 200)
            running = await start_import(call.hub, asking, departure_id, raw, made)
            return answers.given(wire.import_(running), 201)

        return await once(call, act)

    @get(
        "/{departure_id:str}/imports",
        opt=operation(
            summary="List the imports of a departure, newest first",
            needs=Permission.PILGRIMS_READ,
            asks=Paging,
            answers={200: Listing[wire.Import]},
        ),
    )
    async def imports(self, call: Called, departure_id: FromPath[str]) -> Response[bytes]:
        asked = call.query(Paging)
        found = await list_imports(call.hub, call.asking, asked.page, departure=departure_id)
        return call.answer(listing(found, asked, wire.import_))


class ImportController(Controller):
    path = "/imports"
    tags = ("Pilgrims",)

    @get(
        "/{import_id:str}",
        opt=operation(
            summary="Read an import with its progress",
            needs=Permission.PILGRIMS_READ,
            answers={200: wire.Import},
        ),
    )
    async def read(self, call: Called, import_id: FromPath[str]) -> Response[bytes]:
        found = await read_import(call.hub, call.asking, import_id)
        return call.answer(wire.import_(found))


class PilgrimController(Controller):
    path = "/pilgrims"
    tags = ("Pilgrims",)

    @get(
        "/{pilgrim_id:str}",
        opt=operation(
            summary="Read a pilgrim with the dossier",
            needs=Permission.PILGRIMS_READ,
            answers={200: wire.Pilgrim},
        ),
    )
    async def read(self, call: Called, pilgrim_id: FromPath[str]) -> Response[bytes]:
        found = await read_pilgrim(call.hub, call.asking, pilgrim_id)
        return call.answer(wire.pilgrim(*found))

    @patch(
        "/{pilgrim_id:str}",
        opt=operation(
            summary="Change what is known of a pilgrim",
            needs=Permission.PILGRIMS_WRITE,
            takes=wire.PilgrimChange,
            answers={200: wire.Pilgrim},
        ),
    )
    async def change(self, call: Called, pilgrim_id: FromPath[str]) -> Response[bytes]:
        change = await call.body(wire.PilgrimChange)
        found = await change_pilgrim(
            call.hub,
            reasoned(call.asking, change.reason),
            pilgrim_id,
            change.fields(),
            incident=change.incident,
            registered_on=change.registered_on,
        )
        return call.answer(wire.pilgrim(*found))

    @post(
        "/{pilgrim_id:str}/withdraw",
        opt=operation(
            summary="Withdraw a pilgrim from the departure",
            needs=Permission.PILGRIMS_WRITE,
            takes=Because,
            bodyless=True,
            key=Key.HONOURED,
            answers={200: wire.Pilgrim},
        ),
    )
    async def withdraw(self, call: Called, pilgrim_id: FromPath[str]) -> Response[bytes]:
        """No report names them any more. A repeat does nothing."""
        because = await call.body(Because, bodyless=True)

        async def act(asking: Asking, _: str | None) -> Answer:
            asking = reasoned(asking, because.reason)
            found = await withdraw_pilgrim(call.hub, asking, pilgrim_id)
            return answers.given(wire.pilgrim(*found), 200)

        return await once(call, act)
