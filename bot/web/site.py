"""The web side: webhooks, health, and the console; every page module says its own routes."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Final, TypeVar

from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels import Receive
from bot.clock import Clock
from bot.config import House
from bot.web.account import AccountPages
from bot.web.alert_page import AlertPages
from bot.web.attendance_page import AttendancePages
from bot.web.card_page import CardPages
from bot.web.changes import ChangePages
from bot.web.chart_page import ChartPages
from bot.web.checkup_page import CheckupPages
from bot.web.contacts_page import ContactsPages
from bot.web.feed_page import FeedPage
from bot.web.gate import Gate
from bot.web.groups_page import GroupsPages
from bot.web.guard import Guard
from bot.web.hooks import Delivered, Hooks, RefusedError, SmsHook, TelegramHook
from bot.web.hours_page import HoursPages
from bot.web.invite_page import InvitePages
from bot.web.medicine_page import MedicinePages
from bot.web.meeting_link import MeetingLinkPages
from bot.web.pages import page
from bot.web.people import PeoplePages
from bot.web.person import PersonPages
from bot.web.pin_page import PinPages
from bot.web.plan_page import PlanPages
from bot.web.programme_page import ProgrammePages
from bot.web.proof import Desk
from bot.web.questions_page import QuestionsPages
from bot.web.rewards_page import RewardsPages
from bot.web.rota_page import RotaPages
from bot.web.screens_page import ScreensPages
from bot.web.settings_page import SettingsPages
from bot.web.setup_page import SetupPages
from bot.web.signin import SignInPages
from bot.web.staff_page import StaffPages
from bot.web.status import Status
from bot.web.tasks_page import TasksPages
from bot.web.timetable_page import TimetablePages
from bot.web.today import TodayPages
from storage.store import Store, StoreDownError, Work

T = TypeVar("T")
_CSS: Final = resources.files("bot.web").joinpath("static/page.css").read_bytes()
_NOT_FOUND: Final = 404
_CSS_TAG: Final = f'"{hashlib.sha256(_CSS).hexdigest()[:16]}"'


@dataclass(frozen=True, slots=True)
class Site:
    """What the web side stands on."""

    store: Store
    house: House
    clock: Clock
    receive: Receive
    """The door."""
    telegram: TelegramHook | None
    """The channel that takes Telegram's webhook; None: it is off, or polls."""
    sms: SmsHook | None
    delivered: Delivered
    """Takes what a status callback says, by the channel's name."""
    wake: Callable[[], None]
    """Tells the senders that there may be something to send."""
    health: Callable[[], Awaitable[dict[str, Any]]]
    """How the house is; `ok` says whether it is well."""
    metrics: Callable[[], Awaitable[bytes]] | None = None
    """What a monitoring system reads; None: there is none."""
    metrics_token: str = field(default="", repr=False)
    """Opens the metrics, and what health says beyond yes or no. Empty: nothing does."""
    hasher: PasswordHasher = field(default_factory=PasswordHasher)
    """Makes a guess at a password cost a tenth of a second."""

    async def carry_out(self, work: Work[T]) -> T:
        """Write to the store, and let what that queued go out."""
        done = await self.store.write(work)
        self.wake()
        return done


def build(site: Site) -> Starlette:
    """The application, with every address that it answers at."""
    hooks = Hooks(site.receive, site.telegram, site.sms, site.delivered)
    status = Status(site.health, site.metrics, site.metrics_token)

    return Starlette(
        routes=[
            Route("/telegram", hooks.telegram, methods=["POST"]),
            Route("/sms", hooks.text, methods=["POST"]),
            Route("/sms/status", hooks.status, methods=["POST"]),
            Route("/health", status.health, methods=["GET"]),
            Route("/metrics", status.metrics, methods=["GET"]),
            Route("/static/page.css", _css, methods=["GET"]),
            *QuestionsPages(site).routes(),
            *MeetingLinkPages(site).routes(),
            *FeedPage(site).routes(),
            *_console(site),
        ],
        middleware=[Middleware(Guard, https=site.house.url.startswith("https:"))],
        exception_handlers={
            HTTPException: _refused,
            RefusedError: _refused,
            StoreDownError: _down,
        },
    )


def _console(site: Site) -> list[Route]:
    """What people open in a browser. Without a session only the sign-in and a set-up link do."""
    gate, desk = Gate(site.store, site.house, site.clock), Desk(site.store, site.hasher)
    return [
        *SignInPages(site, gate, desk).routes(),
        *SetupPages(site, gate, desk).routes(),
        *AccountPages(site, gate, desk).routes(),
        *TodayPages(site, gate).routes(),
        *PeoplePages(site, gate).routes(),
        *PersonPages(site, gate).routes(),
        *CardPages(site, gate).routes(),
        *ChangePages(site, gate).routes(),
        *PlanPages(site, gate).routes(),
        *ChartPages(site, gate).routes(),
        *PinPages(site, gate).routes(),
        *ContactsPages(site, gate).routes(),
        *MedicinePages(site, gate).routes(),
        *CheckupPages(site, gate).routes(),
        *ProgrammePages(site, gate).routes(),
        *AlertPages(site, gate).routes(),
        *StaffPages(site, gate).routes(),
        *RotaPages(site, gate).routes(),
        *TimetablePages(site, gate).routes(),
        *AttendancePages(site, gate).routes(),
        *TasksPages(site, gate).routes(),
        *GroupsPages(site, gate).routes(),
        *HoursPages(site, gate).routes(),
        *ScreensPages(site, gate).routes(),
        *RewardsPages(site, gate).routes(),
        *InvitePages(site, gate).routes(),
        *SettingsPages(site, gate).routes(),
    ]


async def _css(request: Request) -> Response:
    headers = {"Cache-Control": "no-cache", "ETag": _CSS_TAG}
    if request.headers.get("if-none-match") == _CSS_TAG:
        return Response(status_code=304, headers=headers)
    return Response(_CSS, media_type="text/css", headers=headers)


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else _status(error)
    headers = error.headers if isinstance(error, HTTPException) else None
    if status == _NOT_FOUND and "text/html" in request.headers.get("accept", ""):
        return page("nothing", status)
    return Response("Nothing here.\n", status, headers, media_type="text/plain")


def _status(error: Exception) -> int:
    return error.status if isinstance(error, RefusedError) else 500


async def _down(request: Request, error: Exception) -> Response:
    del request, error
    response = page("down", 503)
    response.headers["Retry-After"] = "5"
    return response
