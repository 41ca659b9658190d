"""In a function's place: calls it, and answers where it raises.

The emulator starts whatever raised anew, which takes far longer than to be denied something."""

import importlib
import os
import traceback
from typing import Any

RAISED = {"raised": True}


def handler(event: Any, context: Any) -> Any:
    module, _, name = os.environ["REAL_HANDLER"].rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)(event, context)
    except Exception:
        traceback.print_exc()
        return RAISED
