"""Forked processes: whether there are any here, and how they end with who started them. Standard library only."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time


def can_fork() -> bool:
    """Return whether kernels can be forked here; ``DEEPSEEK_ERA_FORK=0`` says no."""
    return (
        hasattr(os, "fork") and sys.platform != "darwin" and os.environ.get("DEEPSEEK_ERA_FORK", "1") != "0"
    )


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
