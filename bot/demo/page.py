"""The demo's page: three phones, a clock and an invitation; everything it does is a small JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from importlib import resources
from typing import Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.demo import patients, view
from bot.demo.phones import Account, Stage

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_FILES: Final = {
    "/": ("index.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
_STEPS: Final = {"minutes": timedelta(minutes=10), "hour": timedelta(hours=1)}
_KINDS: Final = ("voice", "photo", "sticker")
_LONGEST: Final = 2_000
_WRONG: Final = 400
_BUSY: Final = 409

Given = Mapping[str, Any]
Act = Callable[[Given], Awaitable[dict[str, Any]]]


def build(stage: Stage) -> Starlette:
    """The page's application. A request must name this machine as its host, and post JSON."""
    page = Page(stage)
    acts: dict[str, Act] = {
        "/send": page.send,
        "/tap": page.tap,
        "/start": page.start,
        "/invite": page.invite,
        "/clock": page.clock,
        "/kind": page.kind,
        "/switch": page.switch,
    }
    return Starlette(
        routes=[
            *(Route(path, _file(*named), methods=["GET"]) for path, named in _FILES.items()),
            Route("/state", page.state, methods=["GET"]),
            Route("/picture/{account}/{message:int}.png", page.picture, methods=["GET"]),
            *(Route(path, _taking(act), methods=["POST"]) for path, act in acts.items()),
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"]),
        ],
    )


class Page:
    """What the page can ask for; each raises ValueError or KeyError for what makes no sense."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._journey: asyncio.Task[None] | None = None

    async def state(self, request: Request) -> Response:
        """What there is to see."""
        asked = request.query_params
        seen = asked.get("version", "0")
        found = view.state(self._stage, asked, int(seen) if seen.isdecimal() else 0)
        worker = view.shown(self._stage, "staff", asked.get("staff"))
        found["console"] = await self._stage.desk.shown(worker.name)
        return JSONResponse(found, headers=_HEADERS)

    async def send(self, given: Given) -> dict[str, Any]:
        """Send what was typed."""
        text = str(given["text"]).strip()[:_LONGEST]
        if text:
            await self._stage.say(self._account(given), text)
        return {}

    async def picture(self, request: Request) -> Response:
        """A picture that a phone was sent."""
        account = self._stage.accounts.get(request.path_params["account"])
        if account is None or account.phone == "sms":
            return Response(status_code=404, headers=_HEADERS)
        sent = self._stage.telegram.messages(account.chat)
        number = request.path_params["message"]
        found = next((each.picture for each in sent if each.message_id == number), b"")
        if not found:
            return Response(status_code=404, headers=_HEADERS)
        return Response(found, media_type="image/png", headers=_HEADERS)

    async def tap(self, given: Given) -> dict[str, Any]:
        """Press a button under a message."""
        message_id, data = int(given["message"]), str(given["data"])
        await self._stage.tap(self._account(given), message_id, data)
        return {}

    async def start(self, given: Given) -> dict[str, Any]:
        """Open the invitation that waits on a phone."""
        await self._stage.start(self._account(given))
        return {}

    async def invite(self, given: Given) -> dict[str, Any]:
        """Invite somebody new; the answer says which account it is."""
        phone, language = given["channel"], given["language"]
        if phone not in ("telegram", "sms") or language not in ("en", "es"):
            raise KeyError(phone)
        account = await self._stage.invite(
            str(given["name"])[:80],
            phone,
            language,
            plain=given["plain"] is True,
            counselor=patients.COUNSELOR,
        )
        return {"key": account.key, "phone": phone}

    async def clock(self, given: Given) -> dict[str, Any]:
        """Set out to a later moment; `/state` says when it has arrived."""
        travel = self._stage.travel
        if self._journey is not None and not self._journey.done():
            return {"error": "The clock is moving already."}
        if given["to"] == "morning":
            to = travel.next_morning()
        else:
            to = self._stage.clock.now() + _STEPS[given["to"]]
        travel.moving = True
        self._journey = asyncio.create_task(travel.advance(to))
        return {}

    async def kind(self, given: Given) -> dict[str, Any]:
        """Send a voice message, a photo or a sticker."""
        if given["kind"] not in _KINDS:
            raise KeyError(given["kind"])
        await self._stage.send_kind(self._account(given), given["kind"])
        return {}

    async def switch(self, given: Given) -> dict[str, Any]:
        """Block the sender or switch the phone off, or take it back."""
        await self._stage.switch(self._account(given), off=given["off"] is True)
        return {}

    def _account(self, given: Given) -> Account:
        return self._stage.accounts[given["account"]]


def _file(name: str, kind: str) -> Callable[[Request], Awaitable[Response]]:
    content = resources.files("bot.demo").joinpath("page", name).read_bytes()

    async def answer(request: Request) -> Response:
        del request
        return Response(content, media_type=kind, headers=_HEADERS)

    return answer


def _taking(act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        # Another site's form can't send this kind, so it can't press anything here.
        kind = request.headers.get("content-type", "").partition(";")[0]
        if kind != "application/json":
            return JSONResponse({"error": "JSON, please."}, _WRONG, _HEADERS)
        try:
            said = await act(await request.json())
        except KeyError:
            said = {"error": "That is not possible any more."}
        except (ValueError, TypeError) as error:
            said = {"error": str(error)}
        return JSONResponse(said, _BUSY if "error" in said else 200, _HEADERS)

    return answer
