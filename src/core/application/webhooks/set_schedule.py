"""When webhooks of an agency are tried again, where an endpoint has no schedule of its own."""

from __future__ import annotations

import msgspec

from core.application.hub import Asking, Hub, write_audit
from core.domain.problem import Forbidden
from core.domain.tenancy import Permission
from core.domain.webhooks.retry import RetrySchedule


async def read_schedule(hub: Hub, asking: Asking) -> RetrySchedule:
    """The agency's own, else the hub's."""
    asking.need(Permission.ENDPOINTS_READ)
    async with hub.store.read(asking.scope) as view:
        tenant = await view.tenant()
    return tenant.schedules.get(asking.scope.environment, hub.schedule)


async def set_schedule(hub: Hub, asking: Asking, schedule: RetrySchedule | None) -> RetrySchedule:
    """From the next failure on, in this environment. None: as the hub does. The one in force."""
    asking.need(Permission.ENDPOINTS_WRITE)
    if asking.who.partner is not None:
        raise Forbidden("forbidden", "a partner's key sets the schedule of its endpoints only")
    async with hub.store.begin(asking.scope) as tx:
        before = await tx.tenant()
        others = {e: s for e, s in before.schedules.items() if e is not asking.scope.environment}
        own = {} if schedule is None else {asking.scope.environment: schedule}
        after = msgspec.structs.replace(before, schedules=others | own)
        await tx.put_tenant(after)
        await write_audit(
            hub, tx, asking, "tenant.schedule_set", after.id, before=before, after=after
        )
    return schedule or hub.schedule
