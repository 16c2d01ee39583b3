"""Ask over HTTP: limits on time and size, a bounded number of tries, waits as long as the server asks for."""

from __future__ import annotations

import datetime as dt
import email.utils
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import tenacity

from deepseek_era.errors import RefreshError

try:
    import httpx
except ImportError:
    raise RefreshError(
        "httpx is not installed; make refresh installs it (requirements-refresh.txt)"
    ) from None

T = TypeVar("T")
AGAIN = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses that say "later": tried again. Every other one from 400 on is final."""
LARGEST = 64 * 2**20  # bytes; the price list is 3.5 MB, a year of one share 40 kB
AGENT = "deepseek-era-refresh/0.1"
_SHOWN = 60
sleep = time.sleep


@dataclass(frozen=True)
class Limits:
    """How long and how often a server is asked.

    Attributes
    ----------
    tries
        Requests for one answer, the first included.
    timeout
        Seconds to connect, and seconds without a byte; a whole answer may take ten times as long.
    longest_wait
        Seconds; a server that asks for more ends the refresh.
    """

    tries: int = 4
    timeout: float = 20.0
    longest_wait: float = 90.0


@dataclass(frozen=True)
class Fetched:
    """One answer: where from, when, how long, its SHA-256, and the JSON in it."""

    address: str
    fetched_at: str
    size_bytes: int
    sha256: str
    data: Any


class Later(Exception):
    """The answer was not to be had now. `wait` is what the server asked for, in seconds."""

    def __init__(self, seen: str, wait: float | None = None) -> None:
        super().__init__(seen)
        self.wait = wait


def now() -> str:
    """Return the time as UTC text, ``2026-11-25T09:30:00Z``."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def retry_after(value: str | None) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for: a number or an HTTP date; None if it says neither."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        until = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=dt.UTC)
    return max(0.0, (until - dt.datetime.now(dt.UTC)).total_seconds())


def check_status(status: int, header: str | None) -> None:
    """Raise `Later` for a status that says so; every other status passes."""
    if status in AGAIN:
        raise Later(f"status {status}", retry_after(header))


def insist(ask: Callable[[], T], what: str, limits: Limits) -> T:
    """Return what `ask` returns, asking again, with growing waits, while it raises `Later`.

    A wait that the server names is kept. Without one it is about 1, 2, 4, … seconds.

    Raises
    ------
    RefreshError
        When the tries are used up, or the server asks for more than ``limits.longest_wait``.
    """
    growing = tenacity.wait_exponential_jitter(initial=1, max=limits.longest_wait, jitter=0.5)

    def wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait if isinstance(error, Later) else None
        if asked is None:
            return growing(state)
        if asked > limits.longest_wait:
            raise RefreshError(
                f"{what}: {error}, asks to wait {asked:.0f} s, allowed: up to {limits.longest_wait:g} s; "
                "try again later"
            )
        return asked

    try:
        return tenacity.Retrying(
            stop=tenacity.stop_after_attempt(limits.tries),
            wait=wait,
            retry=tenacity.retry_if_exception_type(Later),
            sleep=lambda seconds: sleep(seconds),
            reraise=True,
        )(ask)
    except Later as error:
        times = "once" if limits.tries == 1 else f"{limits.tries} times"
        raise RefreshError(f"{what}: saw {error}, {times}") from None


def read_json(body: bytes, what: str) -> Any:
    """Return the JSON in an answer, or refuse it in one line (a page of HTML is named as one)."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        head = " ".join(body[:400].decode("utf-8", "replace").split())
        kind = "HTML" if head.lower().startswith(("<!doctype", "<html")) else "no JSON"
        place = (
            f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) and kind != "HTML" else ""
        )
        raise RefreshError(f"{what}: saw {kind}{place}: {head[:_SHOWN]!r}, allowed: JSON") from None


def get_json(address: str, what: str, limits: Limits) -> Fetched:
    """Fetch a JSON document.

    Raises
    ------
    RefreshError
        No address of http or https, no answer in time, an error status, a body cut short, too large or not JSON.
    """
    if not address.startswith(("https://", "http://")):
        raise RefreshError(f"{what}: saw the address {address[:_SHOWN]!r}, allowed: http:// or https://")
    where = f"{what} {address}"
    with httpx.Client(timeout=limits.timeout, follow_redirects=True, headers={"User-Agent": AGENT}) as client:
        body = insist(lambda: _body(client, address, where, limits), where, limits)
    return Fetched(address, now(), len(body), hashlib.sha256(body).hexdigest(), read_json(body, where))


def _body(client: httpx.Client, address: str, where: str, limits: Limits) -> bytes:
    """Return the body of one answer. A server that drips is cut off by a deadline, not by the pause between bytes."""
    deadline = time.monotonic() + 10 * limits.timeout
    parts, size = [], 0
    try:
        with client.stream("GET", address) as answer:
            check_status(answer.status_code, answer.headers.get("Retry-After"))
            if answer.status_code != 200:
                raise RefreshError(f"{where}: saw status {answer.status_code}, allowed: 200")
            for part in answer.iter_bytes():
                parts.append(part)
                size += len(part)
                if size > LARGEST:
                    raise RefreshError(f"{where}: saw more than {LARGEST >> 20} MB, allowed: less")
                if time.monotonic() > deadline:
                    raise Later(f"no whole answer within {10 * limits.timeout:g} s")
    except httpx.TimeoutException:
        raise Later(f"no answer within {limits.timeout:g} s") from None
    except httpx.RemoteProtocolError:
        raise Later("an answer cut short") from None
    except httpx.TransportError as error:
        raise Later(f"no connection ({type(error).__name__})") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:  # too many redirects, bad encoding, no host
        raise RefreshError(f"{where}: {str(error)[:100] or type(error).__name__}") from None
    return b"".join(parts)
