"""Templates: read them, write a new version, record that somebody reviewed one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from core.application.agreements.template_text import FORMS, form_of, version_of, versions_of
from core.application.hub import Asking, Hub, write_audit
from core.domain.agreements.akad.template import Clause, Review, Template, faults_of
from core.domain.problem import Invalid
from core.domain.tenancy import Permission


class NewVersion(msgspec.Struct, frozen=True):
    title: str
    arabic: str
    clauses: tuple[Clause, ...]


class NewReview(msgspec.Struct, frozen=True):
    """by: who read the text and lets it be used, by name and office."""

    of: Literal["legal", "sharia"]
    by: str


async def list_templates(hub: Hub, asking: Asking) -> Sequence[Template]:
    """The newest version of each."""
    asking.need(Permission.AGREEMENTS_READ)
    async with hub.store.read(asking.scope) as view:
        return [await version_of(view, name, None) for name in FORMS]


async def read_versions(hub: Hub, asking: Asking, name: str) -> Sequence[Template]:
    asking.need(Permission.AGREEMENTS_READ)
    async with hub.store.read(asking.scope) as view:
        return await versions_of(view, name)


async def write_version(hub: Hub, asking: Asking, name: str, new: NewVersion) -> Template:
    """The next version, not yet reviewed. Versions never change; what was made from one stays.

    Invalid: every clause that is missing or does not say what it has to.
    """
    asking.need(Permission.AGREEMENTS_WRITE)
    form = form_of(name)
    async with hub.store.begin(asking.scope) as tx:
        before = await version_of(tx, name, None)
        template = Template(
            name=name,
            version=before.version + 1,
            title=new.title,
            arabic=new.arabic,
            clauses=new.clauses,
            id=hub.mint.id("tpl"),
            created_at=hub.clock.now(),
        )
        faults = faults_of(template, form)
        if faults:
            raise Invalid(*faults, code="template_incomplete")
        await tx.put_template(template)
        await write_audit(hub, tx, asking, "template.written", template.id or "", after=template)
    return template


async def review_template(
    hub: Hub, asking: Asking, name: str, version: int, new: NewReview
) -> Template:
    """Record a review; once both are there, agreements made from it no longer carry a warning.
    A later word of the same kind takes the earlier one's place."""
    asking.need(Permission.AGREEMENTS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        before = await version_of(tx, name, version)
        others = tuple(r for r in before.reviews if r.of != new.of)
        after = msgspec.structs.replace(
            before,
            reviews=(*others, Review(new.of, new.by, hub.clock.now())),
            id=before.id or hub.mint.id("tpl"),
            created_at=before.created_at or hub.clock.now(),
        )
        await tx.put_template(after)
        await write_audit(
            hub, tx, asking, "template.reviewed", after.id or "", before=before, after=after
        )
    return after
