"""Links to join a meeting: to hosts that are known for it, straight, and nothing else."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

HOSTS: Final = (
    "bluejeans.com", "discord.gg", "freeconference.com", "freeconferencecall.com", "goto.com",
    "gotomeet.me", "gotomeeting.com", "horizon.meta.com", "maps.secondlife.com", "meet.google.com",
    "meet.jit.si", "meetings.dialpad.com", "signal.group", "skype.com", "slurl.com",
    "teams.live.com", "teams.microsoft.com", "vrchat.com", "webex.com", "zoho.com", "zoom.us",
)  # fmt: skip
"""Where meetings are held: those that the Meeting Guide knows."""
GATES: Final = ("pathcheck.net",)
"""Where SMART Recovery lets people in, from a quarter of an hour before."""

_KNOWN: Final = frozenset(HOSTS)
_LONGEST: Final = 1000
_UNSEEN = re.compile(r"[\s\u00a0\u200b-\u200f\u2060\ufeff\u0000-\u001f\u007f]+")
_FIRST = re.compile(r"(?i)https?\s*:\s*//[^\s<>\"'|]+")
_NUMBER = re.compile(r"/(?:j|w|wc/join|wc)/(\d[\d-]{7,14}\d)(?:/.*)?$")
_ZOOM = re.compile(
    r"/(?:my|wc/my)/[\w.~-]{2,}/?$|/(?:meeting/register|webinar/register)/[\w.~-]{6,}/?$"
)
_PAGE = re.compile(r"https://(?:[a-zA-Z0-9-]+\.)+[a-zA-Z]{2,}(?:[/?#][^\s@<>\"'`\\^{|}]*)?")
_NO_MEETING = re.compile(
    r"^/(?:install|download|support|signin|login|pricing|features|about)\b", re.IGNORECASE
)


def known(value: Any, *, gates: bool = False) -> bool:
    """Whether a link leads to a host that is known for meetings, joinable or not."""
    return any(True for split in _candidates(value) if _host(split, gates=gates))


def join(value: Any, *, gates: bool = False) -> str | None:
    """The link that opens the meeting, https; None where it is not known to do so."""
    for split in _candidates(value):
        host = _host(split, gates=gates)
        if not host:
            continue
        path = _path(host, split.path)
        if path:
            found = f"https://{split.hostname}{path}{_query(host, split.query)}"
            if len(found) <= _LONGEST:
                return found
    return None


def page(value: Any) -> str | None:
    """A page about the meeting, https; None for anything else."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    text = html.unescape(value).strip() if "&" in value else value.strip()
    return text if _PAGE.fullmatch(text) and "%40" not in text else None


def _candidates(value: Any) -> Iterator[SplitResult]:
    """The links in a field, likeliest first: the first one in prose, all of it glued together."""
    if not isinstance(value, str) or not value.strip():
        return
    text = html.unescape(html.unescape(value)) if "&" in value else value
    found = _FIRST.search(text)
    glued = _UNSEEN.sub("", text)
    tries = [found[0] if found else "", glued if "://" in glued else f"https://{glued}"]
    for each in dict.fromkeys(filter(None, tries)):
        split = _unwrapped(each.rstrip(".,;)"))
        if split is not None:
            yield split


def _split(text: str) -> SplitResult | None:
    if not text or _UNSEEN.search(text) or "\\" in text:
        return None
    try:
        split = urlsplit(text)
        port = split.port
    except ValueError:
        return None
    host = split.hostname or ""
    if (
        split.scheme.lower() not in {"http", "https"}
        or not host.isascii()
        or port not in {None, 80, 443}
    ):
        return None
    if "@" in split.netloc or "%" in host or not re.fullmatch(r"[a-z0-9.-]+", host):
        return None
    return split


def _unwrapped(text: str) -> SplitResult | None:
    """Past what mail filters put around links."""
    for _ in range(3):
        split = _split(text)
        if split is None:
            return None
        inner = _inside(split, text)
        if inner is None:
            return split
        text = html.unescape(inner).strip()
    return None


def _inside(split: SplitResult, text: str) -> str | None:
    host = split.hostname or ""
    if _within(host, "safelinks.protection.outlook.com"):
        return next(iter(parse_qs(split.query).get("url", ())), "")
    if _within(host, "urldefense.com") or _within(host, "urldefense.proofpoint.com"):
        return _defended(split, text)
    if host in {"www.google.com", "google.com"} and split.path == "/url":
        query = parse_qs(split.query)
        return next(iter(query.get("q", query.get("url", ()))), "")
    return None


def _defended(split: SplitResult, text: str) -> str:
    if "/v3/" in split.path:
        found = re.search(r"/v3/__(.+?)__;([\w-]*)", text)
        if found is None:
            return ""
        # A star stands for a character that is written behind, in base64.
        try:
            behind = base64.urlsafe_b64decode(found[2] + "=" * (-len(found[2]) % 4)).decode()
        except (binascii.Error, ValueError):
            behind = ""
        left = iter(behind)
        if found[1].count("*") > len(behind):
            return ""
        inner = "".join(next(left) if letter == "*" else letter for letter in found[1])
        return re.sub(r"^(https?):/+", r"\1://", inner)
    written = next(iter(parse_qs(split.query).get("u", ())), "")
    if "/v2/" in split.path:
        return unquote(written.replace("-", "%").replace("_", "/"))
    return written


def _within(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _host(split: SplitResult, *, gates: bool) -> str:
    """The known domain of a link; empty for others."""
    parts = (split.hostname or "").split(".")
    domains = (".".join(parts[at:]) for at in range(len(parts)))
    return next((each for each in domains if each in _KNOWN or (gates and each in GATES)), "")


def _query(host: str, query: str) -> str:
    """What of it opens the meeting; nothing of who was sent the link."""
    if host == "zoom.us":
        found = re.search(r"(?:^|[&?])pwd=([\w.~%-]+)", query)
        return f"?pwd={found[1]}" if found else ""
    return f"?{query}" if query and "@" not in unquote(query) else ""


def _path(host: str, path: str) -> str:
    """Where the meeting opens; empty for a start page, a host's own link or a list of numbers."""
    path = path.replace("%20", "").replace("%C2%A0", "")
    if not re.fullmatch(r"/[\w./~:!$&()*+,;=%-]*", path) or path.strip("/") == "":
        return ""
    if host == "zoom.us":
        number = _NUMBER.match(path)
        if number:
            kind = "w" if path.startswith("/w/") else "j"
            return f"/{kind}/{number[1].replace('-', '')}"
        return path if _ZOOM.match(path) else ""
    return "" if _NO_MEETING.match(path) else path
