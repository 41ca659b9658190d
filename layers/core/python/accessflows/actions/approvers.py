"""Approvers: whom the flow of a request asks."""

from accessflows.model.flow import AccessFlow
from accessflows.model.request import AccessRequest
from accessflows.ports import Directory, Flows, Ports
from accessflows.rules.approvers import GRANTEE_MANAGER, relations, spelled_out


def flow_asking(ports: Ports, request: AccessRequest) -> AccessFlow:
    """The flow version that the request pins, its approvers spelled out for this request."""
    return flow_asking_by(ports.flows, ports.directory, request)


def flow_asking_by(flows: Flows, directory: Directory, request: AccessRequest) -> AccessFlow:
    """The same, with the two stores that it takes."""
    flow = flows.version(request.flow)
    grantee = None
    if GRANTEE_MANAGER in relations(flow):
        grantee = directory.people([request.grantee_id]).get(request.grantee_id)
    return spelled_out(flow, owner=request.owner, grantee=grantee)
