"""Services: programs that act for the organisation, and fall with nobody's account.

They administer as far as their tokens reach; they ask for nothing and decide nothing."""

from typing import Annotated

from pydantic import Field

from accessflows.model.person import Person, Role

ServiceId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
# How a service is called where people go by their ids. No person's id begins so.
SERVICE_PREFIX = "service-"


def is_service(actor: str) -> bool:
    """Whether who did something is a service rather than a person."""
    return actor.startswith(SERVICE_PREFIX)


def acting_service(service_id: str) -> Person:
    """The service as routes of admins see it: nobody's grantee, in no group, without address."""
    name = f"Service {service_id}"
    return Person(id=f"{SERVICE_PREFIX}{service_id}", name=name, emails=(), roles=(Role.ADMIN,))
