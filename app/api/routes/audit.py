"""The audit log, for those who may read it."""

from __future__ import annotations

from functools import partial

from app.api import pagination
from app.api.blueprint import operation
from app.api.schemas.audit import AuditEntries, AuditEntry, AuditEntryList
from app.services.site import audit
from app.services.site.audit import Filters
from app.web.viewer import member

# Nobody has this id.
NOBODY = -1


@operation("get", "/admin/audit", permissions=("see_audit_log",))
def list_audit_entries(query: AuditEntries) -> AuditEntryList:
    """List what staff and the command line did, newest first."""
    chosen = (_id_of(query.actor), _id_of(query.person), query.action)
    filters = Filters(*chosen, reader_id=member().id)
    given = {"actor": query.actor, "person": query.person, "action": query.action}
    rows, meta, links = pagination.newest_first(
        query,
        partial(audit.page, filters),
        query_args={name: value for name, value in given.items() if value},
    )
    names = audit.names_in(rows)
    shown = [AuditEntry(**audit.as_facts(row, names) | {"at": row.created_at}) for row in rows]
    return AuditEntryList(items=shown, meta=meta, links=links)


def _id_of(text: str) -> int | None:
    """The id of whom `text` names, if it does; a name of nobody finds nothing."""
    if not text.strip():
        return None
    found = audit.person_id_of(text.strip())
    return NOBODY if found is None else found
