"""The systemd unit for an installation: starts with the machine, is watched, may touch little."""

from __future__ import annotations

import getpass
import pwd
import sys
from pathlib import Path

from bot.config import ConfigError, Settings

_UNIT = """\
# Made by `companion systemd`. As root:
#   companion systemd > /etc/systemd/system/companion.service
#   systemctl daemon-reload && systemctl enable --now companion
[Unit]
Description=Recovery companion
Wants=network-online.target
After=network-online.target{after}
# However often it falls, it is started again.
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart={python} -m bot run
ExecReload=/bin/kill -HUP $MAINPID
WorkingDirectory={folder}
EnvironmentFile=-{folder}/.env
User={user}
UMask=0077
Restart=always
RestartSec=2
WatchdogSec=60
TimeoutStartSec=120
TimeoutStopSec=30

NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths={writes}
PrivateTmp=yes
PrivateDevices=yes
ProtectHome=read-only
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
CapabilityBoundingSet=

[Install]
WantedBy=multi-user.target
"""


def text(settings: Settings, folder: Path, user: str | None = None) -> str:
    """The unit, for the settings in a folder; raises ConfigError where it can't be written.

    `user` is whom it runs as, else whoever asks; never root.
    """
    sqlite = settings.database_url.startswith("sqlite")
    writes = (folder / settings.database_file).resolve().parent if sqlite else folder
    for path in (folder, writes, Path(sys.executable)):
        if any(letter in str(path) for letter in " %\t\n\"'\\"):
            message = f"systemd reads {str(path)!r} otherwise than it is meant: use a plain path"
            raise ConfigError(message)
    return _UNIT.format(
        after="" if sqlite else " postgresql.service",
        python=sys.executable,
        folder=folder,
        user=_user(user or getpass.getuser()),
        writes=writes,
    )


def _user(name: str) -> str:
    """A user of this machine who is not root; raises ConfigError."""
    try:
        number = pwd.getpwnam(name).pw_uid
    except KeyError:
        message = f"there is no user {name!r} here: make one with `useradd --system {name}`"
        raise ConfigError(message) from None
    if number == 0:
        message = (
            "the companion must not run as root: say as whom with `companion systemd --user NAME`, "
            "a user who may write in its folder and nothing else"
        )
        raise ConfigError(message)
    return name
