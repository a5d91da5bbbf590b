"""Logs are JSON and carry ids only: no text, no address, no name, no token.

Only the fields named here are written. A library's own message is not: it may hold an address
or a token (httpx prints the bot's token at INFO), so of a foreign record the logger's name and
level are kept, and of an exception its type and where it was raised.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

FIELDS = (
    "action", "alert", "attempt", "channel", "code", "count", "error", "flow", "job", "kind",
    "level", "message", "outbox", "person", "provider", "seconds", "staff", "state", "step",
)  # fmt: skip
OURS = "companion"


class JsonFormatter(logging.Formatter):
    """One line of JSON a record."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the allowed fields and nothing else."""
        ours = record.name.split(".")[0] == OURS
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if ours:
            # Our own messages are constants: a name of what happened, never a sentence with values.
            line["action"] = str(record.msg)
            line |= {
                f: getattr(record, f) for f in FIELDS if f in record.__dict__ and f != "message"
            }
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line["error"] = type(error).__name__
            frames = traceback.extract_tb(error.__traceback__)[-6:]
            line["where"] = [f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno}" for f in frames]
        return json.dumps(line, ensure_ascii=True, default=str)


def configure(level: int = logging.INFO) -> None:
    """Send everything to stderr as JSON; call once, at the start."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in ("httpx", "httpcore", "telegram", "twilio", "aiohttp", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
