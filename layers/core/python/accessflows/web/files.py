"""Files to take along: rows as CSV that no spreadsheet takes for formulas, values as JSON.

Rendering only."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

# With what a cell begins that a spreadsheet would work out, line ends and wide forms among it.
_FORMULAS = (*"=+-@\t\r\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Without it spreadsheets take the text for another encoding.
_MARK = "\ufeff"

Row = Mapping[str, str | int | None]


def csv_text(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """As RFC 4180 has it, with a line of names. A cell that looks like a formula gets a quote."""
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return _MARK + written.getvalue()


def json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


def download(name: str, body: str) -> Response[str]:
    """A file of that name, for whoever may have it now, kept by nobody in between."""
    kind = "text/csv" if name.endswith(".csv") else "application/json"
    return Response(
        status_code=int(HTTPStatus.OK),
        content_type=f"{kind}; charset=utf-8",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        },
        body=body,
    )


def _cell(value: str | int | None) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULAS) else text
