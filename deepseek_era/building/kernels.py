"""Kernels forked from a process that has the imports already.

Starting a kernel and importing pandas, altair and scipy takes longer than most notebooks do. Here a worker process,
itself forked from the warm publisher, forks one more child before it opens any socket; that child waits for a
connection file and then becomes an ordinary ipykernel. Where ``fork`` is missing, papermill starts kernels as usual
and the outputs are the same bytes.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
import time
from typing import Any, ClassVar

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from deepseek_era import witness
from deepseek_era.building.forks import collect_seldom, die_with_parent
from deepseek_era.charts import trust
from deepseek_era.drawing.svg import pen

WATCH = "import deepseek_era.witness; deepseek_era.witness.begin(); del deepseek_era"
"""What a kernel that was not forked runs first."""
PRELOAD = (
    "altair",
    "ipykernel.inprocess",
    "ipykernel.kernelapp",
    "matplotlib_inline.backend_inline",
    "numpy",
    "pandas",
    "papermill",
    "scipy.interpolate",
    "scipy.optimize",
    "scipy.stats",
    "vl_convert",
    "deepseek_era.notebook",
    *(f"deepseek_era.{part}.tables" for part in ("capacity", "claims", "cost", "market", "verdicts")),
)


def preload() -> None:
    """Import what notebooks need, so that forked kernels have it."""
    for name in PRELOAD:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            # an optional backend of the notebook stack may be absent; the package's own modules may not
            if name.startswith("deepseek_era"):
                raise
            del error
    # what pandas chooses in a kernel; imported outside of one it takes this for a terminal, and cuts tables
    import pandas as pd

    pd.set_option("display.max_columns", 20)
    trust.prepare()
    # what is here now stays to the end: collections need not look at it, and in a fork must not, or they copy memory
    gc.freeze()
    collect_seldom()


class WarmKernel:
    """A forked child that becomes a kernel when it is told a connection file. It looks like a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self) -> None:
        reader, writer = os.pipe()
        self._writer = writer
        self.returncode: int | None = None
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(writer)
            self._become_kernel(reader)
        os.close(reader)

    def _become_kernel(self, reader: int) -> None:
        code = 1
        try:
            os.setsid()
            die_with_parent()
            signal.signal(signal.SIGINT, signal.default_int_handler)
            with os.fdopen(reader, "r", encoding="utf-8") as pipe:
                lines = pipe.read().splitlines()
            if len(lines) == 2:
                # ipykernel greets whoever started it at a terminal; a build is none
                quiet = os.open(os.devnull, os.O_WRONLY)
                os.dup2(quiet, 1)
                os.dup2(quiet, 2)
                # the parent poller of ipykernel ends this process if the worker dies
                os.environ["JPY_PARENT_PID"] = lines[1]
                pen().pending = True
                if trust.wanted():
                    trust.trust_charts()
                from ipykernel.kernelapp import IPKernelApp

                application = IPKernelApp.instance()
                application.initialize(["-f", lines[0], "--HistoryManager.enabled=False"])
                witness.begin()
                application.start()
                code = 0
        finally:
            os._exit(code)

    def start(self, connection_file: str) -> None:
        """Tell the child which connection file to serve."""
        with os.fdopen(self._writer, "w", encoding="utf-8") as pipe:
            pipe.write(f"{connection_file}\n{os.getpid()}\n")

    def poll(self) -> int | None:
        """Return the exit code, or None while the kernel runs."""
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:
                self.returncode = 0
            else:
                if pid:
                    self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the kernel to end and return its exit code."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"kernel {self.pid} still runs")
            time.sleep(0.02)
        return int(self.returncode or 0)

    def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the kernel at once."""
        self.send_signal(signal.SIGKILL)


class ForkProvisioner(LocalProvisioner):
    """A provisioner that hands out a warm kernel instead of starting a new interpreter."""

    warm: ClassVar[list[WarmKernel]] = []
    """The kernels that are left to hand out; a class of its own holds them, see `Offer`."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Return the connection info of the kernel that was started."""
        if not self.warm:  # a second kernel in one worker (a restart) starts the ordinary way
            return await super().launch_kernel(cmd, **kwargs)
        warm = self.warm.pop()
        warm.start(self.parent.connection_file if self.parent else cmd[-1])
        self.process = warm  # type: ignore[assignment]
        self.pid = self.pgid = warm.pid  # type: ignore[assignment]
        return self.connection_info


class Offer:
    """What jupyter_client loads where it looks for an entry point: a provisioner that hands out this kernel."""

    def __init__(self, kernel: WarmKernel) -> None:
        self._provisioner = type("WarmProvisioner", (ForkProvisioner,), {"warm": [kernel]})

    def load(self) -> type[ForkProvisioner]:
        """Return the class of the provisioner."""
        return self._provisioner


def use_warm_kernel() -> None:
    """Fork the kernel of this worker now, before any socket is open, and make jupyter_client use it."""
    factory = KernelProvisionerFactory.instance()
    factory.provisioners["fork"] = Offer(WarmKernel())  # type: ignore[assignment]
    factory.default_provisioner_name = "fork"
