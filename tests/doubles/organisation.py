"""A small organisation in files, to be spoiled one mistake at a time."""

from pathlib import Path

FLOWS = """\
flows:
  - id: buckets
    name: Buckets
    requestors:
      conditions:
        - {attribute: group, values: [engineers]}
    targets:
      - integration: aws-demo
        resource_type: s3_bucket
        permissions: [read]
        resources: any
    approval:
      groups:
        - conditions:
            - {attribute: user, values: [anna@example.com]}
    settings:
      require_justification: true
"""
INTEGRATIONS = """\
integrations:
  - id: aws-demo
    name: Demo account
    kind: aws_iam
    settings:
      account_id: "000000000000"
      principals: ["user/demo-*"]
    principal: {attribute: aws_principal}
"""
PEOPLE = """\
people:
  - id: rita
    name: Rita
    emails: [rita@example.com]
    manager: anna
    attributes: {aws_principal: [user/demo-rita]}
  - id: anna
    name: Anna
    emails: [anna@example.com]
    roles: [admin, grantee]
groups:
  - id: engineers
    name: Engineers
    members: [rita]
"""
ORGANISATION = {
    "flows.yaml": FLOWS,
    "integrations.yaml": INTEGRATIONS,
    "people.yaml": PEOPLE,
}


def written(folder: Path, **changes: str) -> Path:
    """The organisation in a folder, with some files (named without `.yaml`) written otherwise."""
    files = ORGANISATION | {f"{name}.yaml": text for name, text in changes.items()}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def spoiled(folder: Path, file: str, old: str, new: str) -> Path:
    """The organisation with one text of one file replaced."""
    text = ORGANISATION[f"{file}.yaml"]
    assert text.count(old) == 1, f"{old!r} is not exactly once in {file}.yaml"
    return written(folder, **{file: text.replace(old, new)})
