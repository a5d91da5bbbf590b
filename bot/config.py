"""Settings, read once: secrets and addresses from the environment, decisions from clinic.toml.

Every problem is reported at once, in words, and stops the start.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

from bot import config_words
from bot.duty_rules import NEXT_WORKING_DAY, AfterHours, Ladder, Shift, first_hole, ladder
from bot.programme_rules import ProgrammeRules, Resource, RewardRules, ScreenRules
from bot.section import Section
from bot.signing import Budget, Signed
from content.questionnaires import questionnaires
from handlers.checkup_days import LED_TO
from handlers.person import Rules
from handlers.programme import NEEDS
from handlers.risk import Level

Role = Literal["counselor", "supervisor", "operator"]
ROLES: tuple[Role, ...] = get_args(Role)
STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ "
    "NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI"
)


VOTER_FORBIDDEN = ("IL",)
"""Where a learned model may not tell what somebody feels (Illinois Public Act 104-0054, 2025)."""


ENVIRONMENT = "the settings (.env)"
"""How the place of a wrong setting is named."""


class ConfigError(Exception):
    """The configuration is wrong: every problem, one a line. The only error that ends it."""


class Checkins(Section):
    """The rhythm of the daily check-in."""

    nudge_hours: float = Field(default=2, gt=0, le=12)
    answer_hours: float = Field(default=12, gt=0, le=24)


class ClinicRules(Section):
    """When an answer becomes a concern that a counselor sees."""

    craving_at_least: int = Field(default=7, ge=1, le=10)
    low_mood_at_most: int = Field(default=3, ge=0, le=9)
    low_moods_in_a_row: int = Field(default=2, ge=1, le=14)
    use: bool = True
    silent_days: int = Field(default=2, ge=1, le=30)

    def for_core(self) -> Rules:
        """The same, as the flows know it."""
        return Rules(**self.model_dump())


class Clinic(Section):
    """What a clinic decides."""

    sender: str = Field(min_length=1, max_length=24)
    """The neutral name that messages come from."""
    phone: str
    medication_phone: str | None = None
    """Who is asked about medicines, a nurse if there is one; None: the same number."""
    zone: str = "America/New_York"
    language: Literal["en", "es"] = "en"
    state: str | None = None
    """The US state or territory whose law holds, by its two letters."""
    signed: Signed = Signed()
    after_hours: AfterHours
    shifts: tuple[Shift, ...] = Field(min_length=1)
    rules: ClinicRules = ClinicRules()
    checkins: Checkins = Checkins()
    budget: Budget = Budget()
    checkups: dict[str, Annotated[int, Field(ge=1, le=12)]] = Field(
        default_factory=lambda: {"bam_iop": 1, "phq2": 2, "gad2": 2}
    )
    """Which questionnaires are asked by themselves, and every how many weeks."""
    programme: ProgrammeRules = ProgrammeRules()
    resources: dict[str, Resource] = Field(default_factory=dict)
    """By need (`handlers.programme.NEEDS`), what the clinic knows of: told at once."""
    screens: ScreenRules = ScreenRules()
    rewards: RewardRules = RewardRules()
    emergency: Ladder = ladder(
        (0, ("counselor", "on_call")), (3, ("counselor", "on_call")),
        (6, ("counselor", "on_call", "supervisor")), (10, ("all",)),
        repeat=5, outcome=15, tell_unread=10,
    )  # fmt: skip
    urgent: Ladder = ladder(
        (0, ("counselor", "on_call")), (15, ("counselor", "on_call")),
        (45, ("counselor", "on_call", "supervisor")), (60, ("all",)),
        repeat=30, outcome=15, tell_unread=15, snooze=60,
    )  # fmt: skip
    concern: Ladder = ladder(
        (0, ("counselor",)), (NEXT_WORKING_DAY, ("counselor", "supervisor")),
        repeat=720, outcome=NEXT_WORKING_DAY, tell_unread=NEXT_WORKING_DAY, snooze=1440,
    )  # fmt: skip

    @field_validator("checkups")
    @classmethod
    def _known(cls, value: dict[str, int]) -> dict[str, int]:
        there = [name for name in questionnaires() if name not in LED_TO]
        for name in value:
            if name not in there:
                message = (
                    f"{name!r} is no questionnaire to begin with; there are {', '.join(there)}"
                )
                raise ValueError(message)
        return value

    @field_validator("resources")
    @classmethod
    def _needs(cls, value: dict[str, Resource]) -> dict[str, Resource]:
        for name in value:
            if name not in NEEDS:
                message = f"{name!r} is no need; there are {', '.join(NEEDS)}"
                raise ValueError(message)
        return value

    @field_validator("zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            message = f"no time zone is named {value!r}; one is America/New_York"
            raise ValueError(message)
        return value

    @field_validator("state")
    @classmethod
    def _state(cls, value: str | None) -> str | None:
        if value is not None and value not in STATES.split():
            message = "is the two letters of a US state or territory, as in PA"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _signed_by_now(self) -> Clinic:
        today = datetime.now(self.tz).date()
        signed = {f"signed.{what}": signature for what, signature in self.signed}
        signed |= {f"budget.signed.{rule}": each for rule, each in self.budget.signed.items()}
        for what, signature in signed.items():
            if signature is not None and signature.on > today:
                message = f"{what}: the date is in the future"
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _lawful(self) -> Clinic:
        if self.signed.voter is not None and self.state in VOTER_FORBIDDEN:
            message = f"signed.voter: the law of {self.state} forbids it; take the line out"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _no_bowl_unsigned(self) -> Clinic:
        if self.rewards.bowl is not None and self.signed.bowl is None:
            message = "rewards.bowl: the prize bowl needs a signature, [signed] bowl"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _emergencies_wait_for_nobody(self) -> Clinic:
        if self.emergency.snooze is not None:
            message = "emergency.snooze: an emergency can't be put off"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _covered(self) -> Clinic:
        if self.after_hours.mode != "staffed":
            return self
        hole = first_hole(self.shifts)
        if hole is not None:
            message = f'after_hours is "staffed", but no shift covers {hole}'
            raise ValueError(message)
        return self

    def ladder(self, level: Level) -> Ladder:
        """How an alert of a level climbs."""
        ladders = {Level.EMERGENCY: self.emergency, Level.URGENT: self.urgent}
        return ladders.get(level, self.concern)

    @property
    def tz(self) -> ZoneInfo:
        """The clinic's zone."""
        return ZoneInfo(self.zone)


class Settings(BaseSettings):
    """Secrets and addresses, from the environment or `.env`."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    database_url: str = "sqlite:///companion.db"
    companion_keys: str = Field(default="", repr=False)
    clinic_file: Path = Path("clinic.toml")
    public_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8080
    telegram_bot_token: str = Field(default="", repr=False)
    telegram_api_url: str = "https://api.telegram.org"
    telegram_webhook_secret: str = Field(default="", repr=False)
    """Set: Telegram posts to PUBLIC_URL/telegram. Unset: we ask Telegram (long poll)."""
    twilio_account_sid: str = ""
    twilio_auth_token: str = Field(default="", repr=False)
    twilio_from: str = ""
    twilio_api_url: str = "https://api.twilio.com"
    sms_per_second: float = Field(default=1.0, gt=0)
    metrics_token: str = Field(default="", repr=False)
    """Set: GET /metrics answers whoever sends it, and GET /health says more than yes or no."""

    @field_validator("public_url", "telegram_api_url", "twilio_api_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        return value.rstrip("/")

    @property
    def database_file(self) -> Path:
        """The file of a SQLite database."""
        return Path(self.database_url.removeprefix("sqlite:///"))

    @property
    def url(self) -> str:
        """Where people's browsers and providers find us."""
        return self.public_url or f"http://{self.host}:{self.port}"


def read_settings(**given: Any) -> Settings:
    """The environment's settings; raises ConfigError with every problem."""
    try:
        return Settings(**given)
    except UnicodeDecodeError:
        message = ".env is no plain text: save it as UTF-8"
        raise ConfigError(message) from None
    except OSError as error:
        message = f".env can't be read: {error.strerror}; it must belong to who runs the companion"
        raise ConfigError(message) from None
    except ValidationError as error:
        raise ConfigError(config_words.in_words(error, ENVIRONMENT, str.upper)) from None


def keys_in_file() -> str | None:
    """COMPANION_KEYS as `.env` has them now, whatever the process was started with."""
    try:
        found = DotEnvSettingsSource(Settings, env_file=".env")()
    except (OSError, UnicodeDecodeError):
        return None
    value = found.get("companion_keys")
    return str(value) if value else None


def read_clinic(path: Path) -> Clinic:
    """A clinic's decisions; raises ConfigError with every problem."""
    try:
        text = path.read_text("utf-8")
    except OSError:
        message = f"{path} can't be read. Copy clinic.example.toml to {path} and fill it in."
        raise ConfigError(message) from None
    except UnicodeDecodeError:
        message = f"{path} is no plain text: save it as UTF-8"
        raise ConfigError(message) from None
    try:
        return Clinic(**tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(config_words.broken(error, path.name)) from None
    except ValidationError as error:
        raise ConfigError(config_words.in_words(error, path.name)) from None


@dataclass(slots=True)
class House:
    """What every part of the shell knows: the clinic's decisions and our own address."""

    clinic: Clinic
    url: str
    toml: Clinic = field(init=False)
    """What clinic.toml says; `clinic` is the same with what supervisors changed in the console."""

    def __post_init__(self) -> None:
        """Begin with what the file says."""
        self.toml = self.clinic
