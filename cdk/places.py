"""Places: where the parts of the product lie, from the project's root."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = ROOT / "functions"
CORE_LAYER = ROOT / "layers" / "core"
THIRD_PARTY = ROOT / "layers" / "deps" / "requirements.txt"
POSTGRESQL = ROOT / "layers" / "postgresql" / "requirements.txt"
STATE_MACHINES = ROOT / "statemachines"
BUILD = ROOT / "build"
