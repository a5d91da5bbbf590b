"""The page where a patient answers a questionnaire once: opened by the link alone, no sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import questions
from bot.questions import Sheet
from bot.web.hooks import read_form
from bot.web.pages import page
from bot.web.tries import Bucket
from content.instrument import Item
from content.wording import Language, entries

if TYPE_CHECKING:
    from bot.web.site import Site

_LONGEST: Final = 64
_LINES: Final = ("911", "988")


class QuestionsPages:
    """`/q/{token}`: the token alone opens it, until its questions are answered."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._strangers = Bucket()
        """Of links that lead nowhere: so many at once, then one a second."""

    def routes(self) -> list[Route]:
        """Open to whoever has the link."""
        return [
            Route("/q/{token}", self.ask, methods=["GET"]),
            Route("/q/{token}", self.take, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """What is asked. Looking uses nothing up: phones open links by themselves."""
        token, now, house = self._token(request), self._site.clock.now(), self._site.house
        look = questions.look
        return self._shown(await self._site.store.read(lambda tx: look(tx, house, token, now)))

    async def take(self, request: Request) -> Response:
        """What was answered, and what is said to it."""
        form = {name: str(value) for name, value in (await read_form(request)).items()}
        token, now, house = self._token(request), self._site.clock.now(), self._site.house
        sheet = await self._site.carry_out(lambda tx: questions.take(tx, house, token, form, now))
        return self._shown(sheet)

    @staticmethod
    def _token(request: Request) -> str:
        return str(request.path_params["token"])[:_LONGEST]

    def _shown(self, sheet: Sheet | None) -> Response:
        if sheet is None:
            return self._gone()
        said = sheet.language
        return page(
            "questions",
            language=said,
            sheet=sheet,
            groups=tuple(_groups(sheet)),
            words=_words(said),
            lines=_LINES,
        )

    def _gone(self) -> Response:
        if not self._strangers.take(self._site.clock.now().timestamp()):
            return Response(status_code=429, headers={"Retry-After": "60"})
        first = self._site.house.clinic.language
        other: Language = "es" if first == "en" else "en"
        both = tuple((each, _words(each)) for each in (first, other))
        return page("questions_gone", 404, language=first, both=both, lines=_LINES)


def _groups(sheet: Sheet) -> Iterator[tuple[str, tuple[Item, ...]]]:
    """The items in their order, under the words that some of them share."""
    asked = sheet.asked
    if asked is None:
        return
    for name, items in groupby(sheet.items, key=lambda item: item.lead):
        yield (asked.leads[name].said(sheet.language) if name is not None else ""), tuple(items)


def _words(language: Language) -> dict[str, str]:
    """The words around the questions."""
    start = "checkup.page_"
    texts = entries(language).items()
    return {key.removeprefix(start): each.text for key, each in texts if key.startswith(start)}
