"""Puts the doors together: the API from its route table, the pages behind them."""

from __future__ import annotations

from curtsy.service.sealing import Seal
from curtsy.settings import Settings
from curtsy.storage.database import Database
from curtsy.web.crowd import Limits
from curtsy.web.dashboard import pages
from curtsy.web.door import Door
from curtsy.web.routes import ROUTES


def build_app(database: Database, settings: Settings, limits: Limits | None = None, seal: Seal | None = None) -> Door:
    """The application on this database; it turns calls away where these limits end.

    Without a ``seal`` for their secrets there are no webhooks.
    """
    return Door(database, settings, ROUTES, pages(database, settings, seal), limits or Limits(), seal)
