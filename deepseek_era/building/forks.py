"""Processes that fork: whether they can here, how they end with who started them, what they need not import.

Standard library only, so that it can be asked before anything heavy is imported.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from deepseek_era.errors import UserError


def can_fork() -> bool:
    """Return whether kernels can be forked here; ``DEEPSEEK_ERA_FORK=0`` says no."""
    return (
        hasattr(os, "fork") and sys.platform != "darwin" and os.environ.get("DEEPSEEK_ERA_FORK", "1") != "0"
    )


def without_address_grammar() -> None:
    """Keep jsonschema from compiling a grammar of internet addresses, half of what a build imports.

    It is an optional check of a format that no schema here asks for; jsonschema goes without where it is missing.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def collect_seldom() -> None:
    """Look for garbage in this process and those it forks a hundred times less often.

    At Python's 700 new objects a time, looking takes a tenth of a build, which makes hardly any.
    """
    gc.set_threshold(100_000, 50, 50)


def die_with_parent() -> None:
    """Make this process end when its parent does, even if that is killed outright.

    Linux does it by itself; elsewhere a thread looks twice a second.
    """
    parent = os.getppid()
    if sys.platform.startswith("linux"):
        set_death_signal = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)
        if os.getppid() != parent:  # it went between the two lines
            os._exit(1)
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _send(pipe: Connection, make: Callable[[], bytes]) -> None:
    die_with_parent()  # else it would outlive a killed build and keep its lock
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError), pipe:
        try:
            pipe.send(make())
        except UserError as error:
            pipe.send(str(error))


@contextlib.contextmanager
def beside(make: Callable[[], bytes], what: str = "report.pdf") -> Iterator[Callable[[], bytes]]:
    """Run `make` in a forked process meanwhile and give what waits for its bytes; without fork, run it then.

    `what` names it in a message. A process that dies without a word is started once more: the library that draws falls
    over its own threads once in some hundreds of builds.
    """
    if not can_fork():
        yield make
        return
    context = multiprocessing.get_context("fork")
    started: list[tuple[Connection, BaseProcess]] = []

    def start() -> None:
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_send, args=(sender, make))
        process.start()
        sender.close()
        started.append((receiver, process))

    def result() -> bytes:
        try:
            answer = started[-1][0].recv()
        except EOFError:
            if len(started) > 1:
                raise UserError(f"{what}: its process died without a word, twice") from None
            start()
            return result()
        if isinstance(answer, str):
            raise UserError(answer)
        return bytes(answer)

    start()
    try:
        yield result
    finally:
        for receiver, process in started:
            receiver.close()
            if process.is_alive():
                process.join(1.0)
            process.kill()
            process.join()
