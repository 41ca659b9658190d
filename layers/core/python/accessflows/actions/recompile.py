"""Recompile: the flows that a request setting comes to move with it, in the same transaction."""

from typing import NamedTuple

from accessflows.actions.editor import Editor
from accessflows.model.configuration import CurrentSet, Origin, Section, Step
from accessflows.model.flow import AccessFlow, ResourceAccess
from accessflows.model.limits import MOST_FLOWS_MOVED
from accessflows.model.refusal import BadInput
from accessflows.rules import placing
from accessflows.rules.resource_access import compiled


class Recompiled(NamedTuple):
    """What counts with the flows moved, and their steps."""

    wanted: CurrentSet
    steps: tuple[Step, ...]


def recompile(
    editor: Editor, wanted: CurrentSet, access_id: str, access: ResourceAccess | None
) -> Recompiled:
    """Move the flows of a request setting to what it says now. access: none where it closes.

    wanted: what is to count; of the flows, it has what counts before.
    Raises BadInput where more flows would move than one transaction takes.
    """
    there = _made_from(editor, wanted, access_id)
    after = {flow.id: flow for flow in compiled(access)} if access else {}
    moving = [flow for name, flow in sorted(after.items()) if there.get(name) != flow]
    closed = sorted(there.keys() - after.keys())
    if len(moving) + len(closed) > MOST_FLOWS_MOVED:
        raise BadInput(
            f"{len(moving) + len(closed)} access flows would change at once, and "
            f"{MOST_FLOWS_MOVED} can: add or remove fewer groups at a time",
            field="groups",
        )
    steps = (
        *(_opening(editor, flow) for flow in moving),
        *(_closing(editor, name) for name in closed),
    )
    opened = {step.content.id: step.after.latest for step in steps if step.content}
    return Recompiled(
        wanted.moved(Section.FLOWS, opened=opened, closed=closed, origin=Origin.API), steps
    )


def _made_from(editor: Editor, current: CurrentSet, access_id: str) -> dict[str, AccessFlow]:
    flows = editor.store.entries(Section.FLOWS, current.open(Section.FLOWS))
    return {
        flow.id: flow.but(version=0)
        for flow in flows
        if isinstance(flow, AccessFlow) and flow.made_from == access_id
    }


def _opening(editor: Editor, flow: AccessFlow) -> Step:
    lineage = editor.store.lineage(Section.FLOWS.subject(flow.id))
    return placing.opening(
        Section.FLOWS, flow, lineage, at=editor.now, actor=editor.actor, details=editor.agreed
    )


def _closing(editor: Editor, name: str) -> Step:
    lineage = editor.store.lineage(Section.FLOWS.subject(name))
    return placing.closing(
        Section.FLOWS, name, lineage, at=editor.now, actor=editor.actor, details=editor.agreed
    )
