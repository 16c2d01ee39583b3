"""A server on loopback that answers like the two sources of a refresh, and misbehaves when told to.

Charts have the shape of Yahoo Finance's ``/v8/finance/chart/<ticker>``, the price list that of LiteLLM's file; both were
checked against the readers: `yfinance` parses the charts, and the keys of the list are those of the file itself.
"""

import datetime as dt
import json
import sys
import threading
import zoneinfo
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd

from deepseek_era import tables

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
LIST = "/model_prices_and_context_window.json"
PAGE = (
    b"<!DOCTYPE html><html><head><title>Will be right back</title></head><body>"
    + b"x" * 300
    + b"</body></html>"
)


def stamp(day):
    """Return the opening of the New York exchange as a Unix time."""
    date = dt.date.fromisoformat(day)
    return int(dt.datetime(date.year, date.month, date.day, 9, 30, tzinfo=NEW_YORK).timestamp())


def closes_of(table, ticker, change=()):
    """Return adjusted closes by day whose returns are those of the table; `change` is (day, percentage points) pairs."""
    rows = table[table["ticker"] == ticker]
    returns = rows["return_pct"].to_numpy() / 100
    for day, points in change:
        returns = returns + np.where(rows["date"] == day, points / 100, 0)
    before = (pd.Timestamp(rows["date"].iloc[0]) - pd.offsets.BDay(1)).date().isoformat()
    closes = 100 * np.concatenate([[1.0], np.cumprod(1 + returns)])
    return dict(zip([before, *rows["date"]], closes.tolist(), strict=True))


def chart(ticker, closes, kind="EQUITY"):
    """Return the answer for a ticker: plain closes lie 1% above the adjusted ones up to a dividend in mid-series."""
    days = list(closes)
    adjusted = list(closes.values())
    middle = len(days) // 2
    # a dividend: what is not adjusted would show a return that is not there
    plain = [None if c is None else c * (1.01 if i < middle else 1) for i, c in enumerate(adjusted)]
    meta = {
        "currency": "USD",
        "symbol": ticker,
        "exchangeName": "NMS",
        "fullExchangeName": "NasdaqGS",
        "instrumentType": kind,
        "firstTradeDate": stamp(days[0]) if days else None,
        "hasPrePostMarketData": True,
        "gmtoffset": -18000,
        "timezone": "EST",
        "exchangeTimezoneName": "America/New_York",
        "priceHint": 2,
        "dataGranularity": "1d",
        "range": "",
        "validRanges": ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"],
    }
    quote = dict.fromkeys(("open", "high", "low", "close"), plain) | {"volume": [1000] * len(days)}
    result = {
        "meta": meta,
        "timestamp": [stamp(day) for day in days],
        "events": {"dividends": {str(stamp(days[middle])): {"amount": 1.0, "date": stamp(days[middle])}}},
        "indicators": {"quote": [quote], "adjclose": [{"adjclose": adjusted}]},
    }
    return {"chart": {"result": [result], "error": None}}


NOT_FOUND = {
    "chart": {
        "result": None,
        "error": {"code": "Not Found", "description": "No data found, symbol may be delisted"},
    }
}


def price_list(**changes):
    """Return a price list that confirms every mapped row; `changes` maps a key to fields that are set, or dropped if None."""
    rows = tables.load("api_prices").set_index("row_id")
    entries = {
        "sample_spec": {
            "input_cost_per_token": 0.0,
            "output_cost_per_token": 0.0,
            "mode": "one of: chat, embedding, completion",
            "deprecation_date": "date when the model becomes deprecated in the format YYYY-MM-DD",
        }
    }
    for key, row_id in tables.load("price_list_keys")[["list_key", "row_id"]].itertuples(index=False):
        row = rows.loc[row_id]
        entry = {
            "input_cost_per_token": row["input_usd_per_mtok"] / 1e6,
            "litellm_provider": key.partition("/")[0] if "/" in key else "openai",
            "max_input_tokens": 128000,
            "mode": "chat",
            "output_cost_per_token": row["output_usd_per_mtok"] / 1e6,
            "supports_function_calling": True,
        }
        if not pd.isna(row["cached_input_usd_per_mtok"]):
            entry["cache_read_input_token_cost"] = row["cached_input_usd_per_mtok"] / 1e6
        entries[key] = entry
    for key, fields in changes.items():
        if fields is None:
            del entries[key]
        else:
            entries[key] = {k: v for k, v in (entries.get(key, {}) | fields).items() if v is not ...}
    return entries


class Reply:
    """One answer: status, body, headers; `cut` bytes are promised and not sent, `drip` sends one byte at a time."""

    def __init__(self, body=b"", status=200, headers=(), cut=0, hang=False, drip=False):
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status, self.headers = status, dict(headers)
        self.cut, self.hang, self.drip = cut, hang, drip


class Sources:
    """What the server answers, by path; a list is answered one by one, its last item again and again."""

    def __init__(self):
        self.answers = {"/": Reply(b"", 404, {"Set-Cookie": "A3=d=x; Path=/; Max-Age=31557600"})}
        self.answers["/v1/test/getcrumb"] = Reply(b"a.crumb")
        self.asked = []
        self.over = threading.Event()
        self.lock = threading.Lock()

    def find(self, path, query):
        with self.lock:
            self.asked.append(path)
            answer = self.answers.get(path)
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if callable(answer):
            answer = answer(query)
        return answer or Reply(PAGE, 404)

    def times(self, path):
        return self.asked.count(path)

    def serve_charts(self, table, without=("EWX",)):
        for ticker in dict.fromkeys(table["ticker"]):
            if ticker not in without:
                self.charts(ticker, closes_of(table, ticker))

    def charts(self, ticker, closes, change=lambda data: None):
        """Answer for a ticker: the short question for its time zone, and the long one for its closes."""

        def answer(query):
            if "period1" not in query:
                return Reply(chart(ticker, dict(list(closes.items())[-1:])))
            first, last = int(query["period1"][0]), int(query["period2"][0])
            data = chart(ticker, {d: c for d, c in closes.items() if first <= stamp(d) < last})
            return Reply(change(data) or data)

        self.answers[f"/v8/finance/chart/{ticker}"] = answer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        parts = urlsplit(self.path)
        reply = self.server.sources.find(parts.path, parse_qs(parts.query))
        if reply.hang:
            self.server.sources.over.wait(30)
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body) + reply.cut))
        self.end_headers()
        if reply.drip:
            for byte in reply.body:
                if self.server.sources.over.wait(0.05):
                    break
                try:
                    self.wfile.write(bytes([byte]))
                except OSError:
                    break
        else:
            self.wfile.write(reply.body)
        if reply.cut or reply.drip:
            self.close_connection = True

    do_POST = do_GET

    def log_message(self, *args):
        """Say nothing: the tests read what was asked from `Sources.asked`."""


class Server(ThreadingHTTPServer):
    """A server that does not mind a client that hangs up, which is what some tests are about."""

    def handle_error(self, request, address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, address)


class Loopback:
    """The server, as a context: ``sources`` says what it answers, ``url`` where it is."""

    def __enter__(self):
        self.sources = Sources()
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.sources = self.sources
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error):
        self.sources.over.set()
        self.server.shutdown()
        self.server.server_close()
