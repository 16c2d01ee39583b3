"""Adjusted closes by `yfinance`, with the waits and limits of `polite` and a guard that reads what it was sent.

`yfinance` takes a session of the caller's: this one counts, waits when told to, and can send all its requests to
another address (a mirror, or a test on loopback). The guard is there because the client fills gaps quietly: without
adjusted closes it would hand out plain ones, and returns would lose their dividends.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.metadata
import logging
import math
import os
import time
import warnings
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pandas as pd

from deepseek_era.errors import RefreshError, nearest
from deepseek_era.refresh import polite

try:
    import yfinance
    from curl_cffi import requests as curl
except ImportError:
    raise RefreshError(
        "yfinance is not installed; make refresh installs it (requirements-refresh.txt)"
    ) from None

HOST = "https://query2.finance.yahoo.com"
COOKIES = "fc.yahoo.com"
CHART = "/v8/finance/chart/"
PAUSE = 0.2  # seconds between two tickers of a foreign server


class Session(curl.Session):  # type: ignore[misc]
    """A session of `yfinance` that is patient, strict about charts, and can be pointed elsewhere."""

    def __init__(self, limits: polite.Limits, elsewhere: str = "") -> None:
        super().__init__(impersonate="chrome")
        self.limits = limits
        self.elsewhere = urlsplit(elsewhere)
        self.read = hashlib.sha256()
        self._cookie: Any = None

    def request(self, method: Any, url: str, *args: Any, **kwargs: Any) -> Any:
        """Send one request; a chart is asked for again and checked, cookies and the like are taken as they come."""
        parts = urlsplit(url)
        if self.elsewhere.netloc:
            url = urlunsplit(parts._replace(scheme=self.elsewhere.scheme, netloc=self.elsewhere.netloc))
        kwargs["timeout"] = self.limits.timeout
        if parts.netloc == COOKIES:
            # the client asks before every chart, as it keeps no cookie on disk here; the session has it after the first
            if self._cookie is None:
                self._cookie = super().request(method, url, *args, **kwargs)
            return self._cookie
        if not parts.path.startswith(CHART):
            return super().request(method, url, *args, **kwargs)
        what = f"returns_daily {parts.path.removeprefix(CHART)} {url}"
        answer = polite.insist(lambda: self._chart(method, url, *args, **kwargs), what, self.limits)
        check_chart(answer.status_code, answer.content, what, daily="period1" in str(kwargs.get("params")))
        self.read.update(answer.content)
        return answer

    def _chart(self, method: Any, url: str, *args: Any, **kwargs: Any) -> Any:
        try:
            answer = super().request(method, url, *args, **kwargs)
        except curl.exceptions.Timeout:
            raise polite.Later(f"no answer within {self.limits.timeout:g} s") from None
        except curl.exceptions.IncompleteRead:
            raise polite.Later("an answer cut short") from None
        except curl.exceptions.RequestException as error:
            raise polite.Later(f"no connection ({type(error).__name__})") from None
        polite.check_status(answer.status_code, answer.headers.get("Retry-After"))
        return answer


def check_chart(status: int, body: bytes, what: str, *, daily: bool) -> None:
    """Refuse an answer that is no chart, or a daily one without an adjusted close for each day.

    Raises
    ------
    RefreshError
        The source's own reason, a page instead of JSON, or the first key that is missing.
    """
    data = polite.read_json(body, what)
    place: Any = data
    for step in ("chart", "result"):
        if not isinstance(place, dict) or step not in place:
            raise RefreshError(f"{what}: key {step} is missing{_seen(place, step)}")
        error = place[step].get("error") if step == "chart" and isinstance(place[step], dict) else None
        if isinstance(error, dict):
            raise RefreshError(f"{what}: the source says {str(error.get('description') or error)[:80]!r}")
        place = place[step]
    if status != 200:
        raise RefreshError(f"{what}: saw status {status}, allowed: 200")
    if not isinstance(place, list) or not place or not isinstance(place[0], dict):
        raise RefreshError(f"{what}: chart.result holds nothing")
    if not daily:
        return
    chart = place[0]
    stamps = chart.get("timestamp")
    if not isinstance(stamps, list) or not stamps:
        raise RefreshError(f"{what}: key timestamp is missing{_seen(chart, 'timestamp')}")
    for group, column in (("quote", "close"), ("adjclose", "adjclose")):
        indicators = chart.get("indicators")
        found = indicators.get(group) if isinstance(indicators, dict) else None
        if not isinstance(found, list) or not found or not isinstance(found[0], dict):
            raise RefreshError(f"{what}: key indicators.{group} is missing{_seen(indicators, group)}")
        cells = found[0].get(column)
        if not isinstance(cells, list) or len(cells) != len(stamps):
            count = f"{len(cells)} values" if isinstance(cells, list) else "none"
            raise RefreshError(
                f"{what}: indicators.{group}.{column}: saw {count}, allowed: {len(stamps)}, one a day"
                + (_seen(found[0], column) if column not in found[0] else "")
            )
        for position, cell in enumerate(cells):
            if cell is not None and (isinstance(cell, bool) or not isinstance(cell, int | float)):
                day = dt.datetime.fromtimestamp(stamps[position], dt.UTC).date()
                raise RefreshError(
                    f"{what}: {day}, indicators.{group}.{column}: saw {str(cell)[:40]!r}, allowed: a number"
                )


def _seen(place: Any, wanted: str) -> str:
    if not isinstance(place, dict):
        return f"; saw {type(place).__name__}"
    names = [str(name) for name in place]
    return f"; saw {', '.join(names)[:60]}{nearest(wanted, names)}"


class YahooReturns:
    """Adjusted closes from Yahoo Finance. `elsewhere` sends every request to another host (scheme and host only)."""

    def __init__(self, limits: polite.Limits, elsewhere: str = "") -> None:
        if elsewhere and not elsewhere.startswith(("https://", "http://")):
            raise RefreshError(f"--returns-url: saw {elsewhere[:60]!r}, allowed: http:// or https://")
        self.address = (elsewhere or HOST).rstrip("/") + CHART
        self._session = Session(limits, elsewhere)
        self._pause = 0.0 if elsewhere else PAUSE
        # nothing of the client's stays on this machine: a path that cannot be made turns its caches off
        yfinance.set_tz_cache_location(os.path.join(os.devnull, "none"))  # noqa: PTH118
        yfinance.config.debug.hide_exceptions = False
        logging.getLogger("yfinance").setLevel(logging.CRITICAL)

    def versions(self) -> dict[str, str]:
        """Return the versions of yfinance and of what sends its requests."""
        return {name: importlib.metadata.version(name) for name in ("yfinance", "curl_cffi")}

    def digest(self) -> str:
        """Return the SHA-256 over all charts, in the order in which they came."""
        return self._session.read.hexdigest()

    def closes(self, ticker: str, first: dt.date, last: dt.date) -> pd.Series:
        """Return closes adjusted for splits and dividends, indexed by ISO date.

        Raises
        ------
        RefreshError
            If the source has no such ticker, or sends what cannot be read.
        """
        time.sleep(self._pause)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of pandas about the client, a line for every ticker
                frame = yfinance.Ticker(ticker, session=self._session).history(
                    start=first,
                    end=last + dt.timedelta(days=1),
                    interval="1d",
                    auto_adjust=True,
                    actions=False,
                    keepna=True,
                )
        except RefreshError:
            raise
        except Exception as error:  # a client of someone else's: whatever it raises is one line here
            raise RefreshError(
                f"returns_daily {ticker}: yfinance could not read the answer "
                f"({type(error).__name__}: {str(error)[:80]})"
            ) from None
        if frame is None or "Close" not in frame or frame.empty:
            raise RefreshError(f"returns_daily {ticker}: the source has no closes for {first} to {last}")
        values = [math.nan if v is None else float(v) for v in frame["Close"]]
        return pd.Series(values, index=[day.date().isoformat() for day in frame.index], dtype="float64")
