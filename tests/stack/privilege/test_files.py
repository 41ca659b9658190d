"""What applies the organisation's files needs every permission of its role: without one, it is
denied."""

import pytest

from local.company import Company
from tests.stack.driving import runs
from tests.stack.insides import other_files
from tests.stack.permissions import stripped
from tests.stack.privilege.world import applying

pytestmark = pytest.mark.every_grant

# The second says of the first one's person that they are somebody else.
MORE, OTHER = (
    f"""
people:
  - {{id: {person}, name: Newt, emails: [newt@example.com]}}
integrations:
  - id: more
    name: More
    kind: lambda
    settings: {{function: acme-more-access, resource_types: {{thing: [read]}}}}
    principal: {{attribute: email}}
"""
    for person in ("newt", "newt-again")
)


def test_applying_files_needs_all_that_it_may_do(company: Company) -> None:
    apply = runs(company, "apply_config", applying(company))
    with stripped(company, "apply_config") as role:
        for files in (MORE, OTHER):
            with other_files(company, {"more.yaml": files}):
                role.learn(apply)
        # Without the integration, which nothing may stand at.
        role.learn(apply)
