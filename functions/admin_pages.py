"""The pages of admins, and of who looks after a space: what the product works by.

What a form does is decided by the actions that the admin API uses."""

from accessflows import wiring
from accessflows.actions.realm import realm_of
from accessflows.model.refusal import NotYours
from accessflows.rules.spaces import Realm
from accessflows.web.portal import ForAdmins, Visitor, handle

portal = wiring.portal()
app = portal.app


def _at_work() -> tuple[Visitor, Realm]:
    """The visitor, and what they look after. Raises NotSignedIn, ForAdmins."""
    visitor = portal.visitor()
    try:
        return visitor, realm_of(wiring.flows(), visitor.person)
    except NotYours:
        raise ForAdmins from None


handler = handle(portal)
