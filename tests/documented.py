"""The integrations that the documentation gives as examples."""

import re
from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples() -> list[dict[str, Any]]:
    blocks = [
        yaml.safe_load(block)
        for page in ("integrations.md", "own-systems.md")
        for block in BLOCK.findall((DOCS / page).read_text())
    ]
    return [one for block in blocks for one in block.get("integrations", ())]
