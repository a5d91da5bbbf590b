"""All of the checks, in the order in which a person would set things up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from bot.check import budget, duty, listed, paper, providers, stored, timetabled
from bot.check.report import Report


class Welcome(Report):
    """What a new copy says: the first page, and no list of everything that is not there."""

    def __init__(self) -> None:
        super().__init__()
        self.problems = 1

    def text(self) -> str:
        """The first page."""
        return paper.FRESH


async def survey(now: datetime) -> Report:
    """Look at everything, change nothing."""
    report = Report()
    settings = paper.settings(report)
    keyring = paper.keys(report, settings)
    fresh = not paper.ENV.exists() and not settings.clinic_file.exists()
    if fresh and not settings.companion_keys:
        return Welcome()
    clinic = paper.clinic(report, settings.clinic_file)
    paper.words(report, settings)
    store = stored.database(report, settings, now) if keyring is not None else None
    if store is not None:
        try:
            if clinic is not None:
                with store.snapshot() as tx:
                    duty.rota(report, tx, clinic, now)
                    budget.budget(report, tx, clinic, now)
                    listed.meetings(report, tx, now)
                    timetabled.calendars(report, tx, now)
        except SQLAlchemyError:
            report.note("The database went away while it was read; check again.")
        finally:
            store.close()
    await providers.telegram(report, settings)
    await providers.twilio(report, settings)
    await providers.reach(report, settings)
    return report
