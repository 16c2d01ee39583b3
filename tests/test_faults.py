"""Bad days, by doing them: killed builds, full and read-only disks, dead and hanging kernels, builds at once.

Each build here is a real one, driven through the command line: tiny notebooks in real kernels, locks, files and the
swap of folders. Only collecting and drawing are stood in for, so that a build takes a second. After every fault the
last good report must stand as it was, and the next build must work and leave nothing else behind.

Nothing here is timed. A build waits at a step until it is told to go on, a fault strikes when a file says that the
step was reached, and the limits below only end a test that would hang: on a loaded machine all takes longer and
says the same.
"""

import contextlib
import errno
import faulthandler
import functools
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

import nbformat
import pytest

from deepseek_era import cli, tables
from deepseek_era.book import collect
from deepseek_era.book.document import Edition
from deepseek_era.building import build, cache, comparing, execute, files, folders, inputs, kernels
from deepseek_era.errors import UserError
from deepseek_era.pages import card, html, pdf
from deepseek_era.parameters import resolve
from deepseek_era.sweep import page
from deepseek_era.verdicts.columns import CALL_COLUMNS

pytestmark = [
    pytest.mark.build,
    pytest.mark.faults,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="signals and mounts as on Linux"),
]
HUNG_S = 300  # after which a test gives up on what takes a second or two
LEFT_S = 3  # of the time limit when a notebook comes to the cell that hangs

STAGES = ("notebooks", "collect", "write", "page", "paper", "manifest", "swap", "swapped")
SIGNALS = {
    **{("kill -9", stage): signal.SIGKILL for stage in STAGES},
    **{("Ctrl-C", stage): signal.SIGINT for stage in ("notebooks", "write", "paper", "swap")},
    **{("terminate", stage): signal.SIGTERM for stage in ("notebooks", "paper")},
    **{("hang-up", stage): signal.SIGHUP for stage in ("notebooks", "paper")},
}
FREE_KB = (0, 24, 120, 420)
"""Free space at the start of a build: it runs out at the folder, the notebooks, the page, the paper."""
DEATHS = {
    "the kernel exits": "import os\nos._exit(1)",
    "the kernel is killed": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "the kernel crashes": "import ctypes\nctypes.string_at(0)",
    "the worker is killed": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
    "a cell raises": "1 / 0",
}
HANGS = {
    "sleeps": "import time\ntime.sleep(600)",
    "spins": "while True:\n    pass",
    "ignores signals": (
        "import signal, time\nfor s in (2, 15):\n    signal.signal(s, signal.SIG_IGN)\ntime.sleep(600)"
    ),
    "never lets go of the interpreter": "import ctypes\nctypes.PyDLL(None).sleep(600)",
    "stops itself": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
}
READ_ONLY = ("reports", "cache")
AT_ONCE = 6


@pytest.fixture(scope="module", autouse=True)
def warm():
    """Do once, before any fork, what every build would do again."""
    kernels.preload()
    tables.check_all()
    resolve({})


def notebook(folder, name, source, pid_file):
    """Write a notebook whose kernel leaves its number, whole, before it comes to the cell that matters."""
    tell = (
        f"import os\npath = {str(pid_file)!r}\n"
        "open(path + '.new', 'w').write(str(os.getpid()))\nos.replace(path + '.new', path)"
    )
    cells = [
        nbformat.v4.new_markdown_cell(f"# {name}", id="title"),
        nbformat.v4.new_code_cell(
            "vintage = 'latest'\nseed = 1\nscenario = 'base'", id="p", metadata={"tags": ["parameters"]}
        ),
        nbformat.v4.new_code_cell(tell, id="tell"),
        nbformat.v4.new_code_cell(source, id="work"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    document = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(document, folder / f"{name}.ipynb")


class Place:
    """A report folder, a cache and two notebooks of its own, and builds in processes of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.reports, self.cache, self.notebooks = (folder / n for n in ("reports", "cache", "notebooks"))
        for path in (self.reports, self.cache, self.notebooks):
            path.mkdir()
        self.kernel, self.reached, self.go = (folder / n for n in ("kernel.pid", "reached", "go"))
        self.set_work("print('n' * 60000)")
        self.count = 0

    def set_work(self, source):
        notebook(self.notebooks, "01-first", source, self.kernel)

    def start(self, word, stage="", prepare=lambda: None, run=None):
        """Start a build whose files say `word`; it waits at `stage` until told to go. Return (pid, its output).

        `run` does something else than a build in that process and returns its exit code.
        """
        for left in (self.reached, self.go):
            left.unlink(missing_ok=True)
        self.count += 1
        output = self.folder / f"output-{self.count}.txt"
        output.touch()
        pid = os.fork()
        if pid == 0:
            code = 99
            try:
                os.setsid()
                faulthandler.disable()  # of pytest: it would tell of the kernels that crash here on purpose
                # whoever runs the tests may have been started with nohup, which has hang-ups ignored
                signal.signal(signal.SIGHUP, signal.SIG_DFL)
                signal.signal(signal.SIGINT, signal.default_int_handler)
                handle = output.open("w", buffering=1)
                os.dup2(handle.fileno(), 1)
                os.dup2(handle.fileno(), 2)
                sys.stdout = sys.stderr = handle
                self._stand_in(word, stage)
                prepare()
                code = run() if run else cli.main(["report", "--name", "base", "--force"])
            except BaseException as error:
                print("Traceback", type(error).__name__, error, flush=True)
            finally:
                os._exit(code)
        return pid, output

    def _stand_in(self, word, stage):
        def reach(name):
            if stage == name:
                self.reached.touch()
                deadline = time.monotonic() + HUNG_S
                while not self.go.exists() and time.monotonic() < deadline:
                    time.sleep(0.02)

        def before(name, function):
            @functools.wraps(function)
            def wrapped(*arguments, **named):
                reach(name)
                return function(*arguments, **named)

            return wrapped

        def collected(*_):
            reach("collect")
            row = dict.fromkeys((*CALL_COLUMNS, *files.CLAIM_COLUMNS), word)
            report = types.SimpleNamespace(
                figures={},
                claims=[types.SimpleNamespace(row=lambda: row)],
                calls=[row],
                cross=[],
                exhibits={},
                outputs={},
                sources=(),
                elsewhere={},
                sections=(),
                edition=Edition(),
                run=types.SimpleNamespace(part=""),
            )
            return report, collect.Collected()

        os.environ["DEEPSEEK_ERA_NOTEBOOKS"] = str(self.notebooks)
        os.environ["DEEPSEEK_ERA_FORK"] = "1"
        cache.CACHE, inputs.CACHE = self.cache / "notebooks", self.cache / "fresh"
        collect.build = collected
        html.render_html = before("page", lambda report: word * 50_000)
        pdf.render_pdf = before("paper", lambda report: (word * 75_000).encode())
        card.picture = lambda report: word.encode()
        files._csv = before("write", files._csv)
        files.versions = before("manifest", lambda: {})
        folders.replace_folder = before("swap", folders.replace_folder)
        folders._exchange = self._then(folders._exchange, reach)
        build.build = functools.partial(build.build, root=self.reports)

    @staticmethod
    def _then(exchange, reach):
        def wrapped(new, old):
            done = exchange(new, old)
            reach("swapped")
            return done

        return wrapped

    def wait_for(self, pid, path):
        deadline = time.monotonic() + HUNG_S
        while not path.exists():
            assert time.monotonic() < deadline, f"{path.name} was not reached"
            assert os.waitpid(pid, os.WNOHANG) == (0, 0), f"the build ended before {path.name}"
            time.sleep(0.02)

    def run(self, word, **named):
        """Run a build to its end; return (exit code, output)."""
        pid, output = self.start(word, **named)
        return end(pid), output.read_text()

    def words(self):
        """Return which build each file of the standing report is from."""
        files = ("claims.csv", "calls.csv", "index.html", "report.pdf")
        return [(self.reports / "base" / name).read_text().rstrip()[-3:] for name in files]

    def assert_stands(self, word):
        assert self.words() == [word] * 4
        names = {p.name for p in (self.reports / "base" / "notebooks").iterdir()}
        assert names == {"01-first.ipynb"}
        assert (self.reports / "base" / "manifest.json").read_text().endswith("}\n")

    def assert_next_run_works(self):
        code, output = self.run("new")
        assert code == 0, output
        self.assert_stands("new")
        assert [p.name for p in self.reports.iterdir()] == ["base"], "something was left beside the report"
        left = [p.name for p in self.cache.rglob("*") if p.is_file() and p.suffix != ".json"]
        assert not left, f"half files in the cache: {left}"


def end(pid):
    deadline = time.monotonic() + HUNG_S
    while time.monotonic() < deadline:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    raise AssertionError("the build did not end")


def runs(pid):
    """Return whether a process lives: there, and neither dead nor waiting to be collected."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def assert_gone(pid):
    deadline = time.monotonic() + HUNG_S
    while runs(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not runs(pid), f"process {pid} was left behind"


def errors(output):
    return [line for line in output.splitlines() if line.startswith("error: ")]


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """Return a folder with a report that a build made and that says `old`."""
    made = Place(tmp_path_factory.mktemp("standing"))
    code, output = made.run("old")
    assert code == 0, output
    made.assert_stands("old")
    return made.reports / "base"


@pytest.fixture
def place(tmp_path, standing):
    """Return a place in which the report says `old`."""
    made = Place(tmp_path)
    shutil.copytree(standing, made.reports / "base")
    return made


@pytest.mark.fault("killed, interrupted, terminated or hung up at a step of a build")
@pytest.mark.parametrize(("how", "stage"), SIGNALS, ids=[f"{h} at {s}" for h, s in SIGNALS])
def test_a_build_ended_at_any_step_leaves_the_old_report_and_no_kernel(place, how, stage):
    if stage == "notebooks":
        place.set_work("import time\ntime.sleep(600)")
    pid, output = place.start("new", stage)
    place.wait_for(pid, place.kernel if stage == "notebooks" else place.reached)
    if how in ("Ctrl-C", "hang-up"):
        os.killpg(pid, SIGNALS[how, stage])
    else:
        os.kill(pid, SIGNALS[how, stage])
    code = end(pid)
    if how == "Ctrl-C":
        assert code == 130
        assert "interrupted; the old report stands" in output.read_text()
        left = [p.name for p in place.reports.iterdir()]
        assert left == ["base"], "an interrupted build cleans up by itself"
    else:
        assert code == -SIGNALS[how, stage]
    assert "Traceback" not in output.read_text()
    assert_gone(int(place.kernel.read_text()))
    place.assert_stands("new" if stage == "swapped" else "old")
    place.set_work("print('again')")
    place.assert_next_run_works()


@pytest.mark.fault("killed between two renames, where folders cannot be swapped")
def test_a_build_killed_between_two_renames_gives_the_old_report_back(place):
    def no_swap():
        folders._exchange = lambda new, old: False
        rename = Path.rename

        def stop_after(self, target):
            done = rename(self, target)
            if Path(target).name == ".base.old":
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        Path.rename = stop_after

    assert place.run("new", prepare=no_swap)[0] == -signal.SIGKILL
    assert (place.reports / ".base.old" / "index.html").read_text().endswith("old")
    place.set_work("1 / 0")
    assert place.run("new")[0] == 2, "even a build that fails brings it back"
    place.assert_stands("old")
    place.set_work("print('again')")
    place.assert_next_run_works()


@contextlib.contextmanager
def disk(path, **options):
    """Mount a small disk of its own at `path`, with what was there on it; skip where that is not allowed."""
    held = path.with_name(f"{path.name}-held")
    path.rename(held)
    path.mkdir()
    asked = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(path)]
    if os.geteuid() != 0 or subprocess.run(asked, capture_output=True, check=False).returncode:
        path.rmdir()
        held.rename(path)
        yield None
        return
    try:
        shutil.copytree(held, path, dirs_exist_ok=True)

        def remount(option):
            subprocess.run(["mount", "-o", f"remount,{option}", str(path)], check=True)

        yield remount
    finally:
        back = path.with_name(f"{path.name}-back")
        shutil.copytree(path, back)
        subprocess.run(["umount", str(path)], check=True)
        path.rmdir()
        shutil.rmtree(held)
        back.rename(path)


def limit_files(most=20_000):
    """Let this process write no file beyond so many bytes: what a full disk looks like without the right to mount."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@pytest.mark.fault("disk full at a step")
@pytest.mark.parametrize("free_kb", FREE_KB)
def test_a_full_disk_is_one_line_and_the_old_report_stands(place, free_kb):
    with disk(place.reports) as remount:
        if remount is None:  # no right to mount: a limit on the size of files stops the writing instead
            code, output = place.run("new", prepare=limit_files)
        else:
            used = shutil.disk_usage(place.reports).used // 1024
            remount(f"size={used + free_kb}k")
            code, output = place.run("new")
            remount("size=64m")
        assert code == 2, output
        assert len(errors(output)) == 1
        assert "the old report stands" in output
        assert "Traceback" not in output
        assert [p.name for p in place.reports.iterdir()] == ["base"]
        place.assert_stands("old")
    place.assert_next_run_works()


@pytest.mark.fault("disk full at a step")
def test_a_full_disk_under_the_cache_costs_time_not_the_report(place):
    def full():
        def refuse(*arguments, **named):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        cache.Path.replace = refuse

    code, output = place.run("new", prepare=full)
    assert code == 0, output
    assert "notebook 01-first: cannot be kept for the next run (No space left on device)" in output
    place.assert_stands("new")
    place.assert_next_run_works()


@pytest.mark.fault("read-only folder")
@pytest.mark.parametrize("which", READ_ONLY)
def test_a_read_only_folder_is_one_line_or_costs_time_only(place, which):
    folder = getattr(place, which)
    with disk(folder) as remount:
        if remount is None:
            if os.geteuid() == 0:
                pytest.skip("root without the right to mount: no folder is read-only to it")
            folder.chmod(0o555)
            for path in folder.rglob("*"):
                path.chmod(0o555 if path.is_dir() else 0o444)
        else:
            remount("ro")
        code, output = place.run("new")
        if remount is None:
            for path in (folder, *folder.rglob("*")):
                path.chmod(0o755 if path.is_dir() else 0o644)
        else:
            remount("rw")
        assert "Traceback" not in output
        if which == "reports":
            assert code == 2
            assert len(errors(output)) == 1
            assert "cannot write there" in output
            place.assert_stands("old")
        else:
            assert code == 0, output
            assert "cannot be kept for the next run" in output
            place.assert_stands("new")
    place.assert_next_run_works()


@pytest.mark.fault("kernel or worker that dies, cell that raises")
@pytest.mark.parametrize("what", DEATHS)
def test_what_dies_in_a_notebook_is_one_line_and_the_old_report_stands(place, what):
    place.set_work(DEATHS[what])
    code, output = place.run("new")
    assert code == 2, output
    assert len(errors(output)) == 1
    assert "notebooks/01-first.ipynb" in output
    assert "Traceback" not in output
    if what != "the worker is killed":
        assert "cell work" in output
    assert_gone(int(place.kernel.read_text()))
    place.assert_stands("old")
    place.set_work("print('again')")
    place.assert_next_run_works()


def late_clock(cells):
    """Make the clock that limits a notebook's time jump ahead when it comes to its cell number `cells`."""

    def prepare():
        readings = 0

        def perf_counter():
            nonlocal readings
            readings += 1  # the first is taken at the start of the notebook, the next before each cell
            return 0.0 if readings <= cells else execute.NOTEBOOK_TIMEOUT_S - LEFT_S

        execute.time = types.SimpleNamespace(perf_counter=perf_counter, monotonic=time.monotonic)

    return prepare


@pytest.mark.fault("kernel or worker that hangs")
@pytest.mark.parametrize("what", HANGS)
def test_what_hangs_is_ended_at_its_time_limit(place, what):
    place.set_work(HANGS[what])
    # parameters, the injected ones and the kernel's number come before it
    code, said = place.run("new", prepare=late_clock(cells=4))
    assert code == 2, said
    assert len(errors(said)) == 1, said
    assert "notebooks/01-first.ipynb, cell work" in said
    assert f"ran longer than {execute.NOTEBOOK_TIMEOUT_S:g} s" in said
    assert_gone(int(place.kernel.read_text()))
    place.assert_stands("old")
    place.set_work("print('again')")
    place.assert_next_run_works()


@pytest.mark.fault("kernel or worker that hangs")
def test_the_time_limit_asked_for_is_the_one_that_ends_a_notebook(place):
    place.set_work(HANGS["sleeps"])
    code, said = place.run("new", run=lambda: cli.main(["report", "--name", "base", "--timeout", "1"]))
    assert code == 2, said
    assert "ran longer than 1 s" in said
    place.assert_stands("old")


@pytest.mark.fault("kernel or worker that hangs")
def test_a_worker_that_no_longer_answers_is_given_up(place, monkeypatch):
    def stopped(*arguments):
        time.sleep(600)

    monkeypatch.setattr(execute, "_work", stopped)
    monkeypatch.setattr(execute, "PATIENCE_S", 0.1)
    with pytest.raises(
        execute.NotebookError, match=r"01-first\.ipynb: its process hung for more than 0\.3 s"
    ):
        execute.run_notebooks([place.notebooks / "01-first.ipynb"], {}, timeout=0.3)


@pytest.mark.fault("builds of one report at once")
def test_a_second_build_of_the_same_report_is_refused_while_the_first_goes_on(place):
    first, output = place.start("new", "paper")
    place.wait_for(first, place.reached)
    code, said = place.run("two")
    assert code == 2
    assert errors(said) == ["error: report/base: another build of it is running; wait for it, or give a NAME"]
    place.assert_stands("old")
    place.go.touch()
    assert end(first) == 0, output.read_text()
    place.assert_stands("new")


@pytest.mark.fault("builds of one report at once")
def test_of_many_builds_at_once_each_is_whole_or_refused(place):
    started = [place.start(f"n{i:02}"[-3:]) for i in range(AT_ONCE)]
    codes = [end(pid) for pid, _ in started]
    said = [output.read_text() for _, output in started]
    assert set(codes) <= {0, 2}
    assert 0 in codes, said
    for code, text in zip(codes, said, strict=True):
        assert code == 0 or "another build of it is running" in text, text
    words = set(place.words())
    assert len(words) == 1, "a report mixed from two builds"
    assert words.pop() in {f"n{i:02}" for i, code in enumerate(codes) if code == 0}
    place.assert_next_run_works()


@pytest.mark.fault("builds of one report at once")
def test_a_lock_that_is_removed_while_another_waits_for_it_is_not_held_twice(tmp_path):
    """The old holder unlinks the lock file; one that opened it before must not think it holds the new one."""
    opened = Path.open
    gone = threading.Event()

    def slow_open(self, *arguments, **named):
        handle = opened(self, *arguments, **named)
        if self.name == ".base.lock" and not gone.is_set():
            gone.set()
            self.unlink()
        return handle

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "open", slow_open)
        with pytest.raises(UserError, match="another build"), folders.claimed(tmp_path / "base"):
            pass


@pytest.mark.bad_input("time limits out of range")
@pytest.mark.parametrize("timeout", ["0", "-1", "nan", "1e9"])
def test_a_time_limit_out_of_range_is_refused(timeout, capsys):
    assert cli.main(["report", "--timeout", timeout]) == 2
    assert "error: timeout: saw" in capsys.readouterr().err


# --- comparisons and sweeps ------------------------------------------------------------------------------------------

POINTS = "kind: grid\ndraws: 1024\nparameters: {elasticity_long: [0.6, 1.4]}"


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """Return a folder of reports with two equal runs to compare."""
    folder = tmp_path_factory.mktemp("twins")
    for name in ("one", "two"):
        (folder / name).mkdir()
        for path in (tables.ROOT / "report" / "base").iterdir():
            if path.is_file() and path.suffix in (".json", ".csv"):
                shutil.copy(path, folder / name)
        (folder / name / "exhibits").mkdir()
    return folder


class Beside:
    """A comparison or a sweep in a place of its own: what stands there, and how to make it again."""

    def __init__(self, kind, place, twins):
        self.place = place
        shutil.copytree(twins, place.reports, dirs_exist_ok=True)
        plan = place.folder / "plan.yaml"
        plan.write_text(POINTS)
        if kind == "comparison":
            self.target = place.reports / "compare" / "one--two"
            self.make = lambda: comparing.write("one", "two", root=place.reports)
        else:
            self.target = place.reports / "sweep" / "plan"
            self.make = lambda: page.write(plan, workers=1, root=place.reports, cache=place.cache)

    def run(self):
        """Make it as the command line does: an exit code, and one line for what is the user's to mend."""
        try:
            self.make()
        except UserError as error:
            print(f"error: {error}", flush=True)
            return 2
        except KeyboardInterrupt:
            return 130
        return 0

    def assert_runs(self):
        # in a process of its own: the threads of typst and vl-convert do not survive a fork from this one
        code, said = self.place.run("new", run=self.run)
        assert code == 0, said

    def files(self):
        return {p.relative_to(self.target): p.read_bytes() for p in self.target.rglob("*") if p.is_file()}

    def left(self):
        return [p.name for p in self.target.parent.iterdir() if p != self.target]


@pytest.fixture
def beside(request, place, twins):
    made = Beside(request.param, place, twins)
    made.assert_runs()
    return made


@pytest.mark.fault("comparison or sweep killed, interrupted or on a full disk")
@pytest.mark.parametrize("beside", ["comparison", "sweep"], indirect=True)
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_a_comparison_or_a_sweep_ended_before_the_swap_leaves_the_old_one(beside, how):
    before = beside.files()
    pid, _ = beside.place.start("new", "swap", run=beside.run)
    beside.place.wait_for(pid, beside.place.reached)
    os.kill(pid, how)
    assert end(pid) == (130 if how == signal.SIGINT else -signal.SIGKILL)
    assert beside.files() == before
    assert how == signal.SIGKILL or not beside.left(), "an interrupted one cleans up by itself"
    beside.assert_runs()
    assert beside.files() == before
    assert not beside.left(), "the next run drops what a killed one left"


@pytest.mark.fault("comparison or sweep killed, interrupted or on a full disk")
@pytest.mark.parametrize("beside", ["comparison", "sweep"], indirect=True)
def test_a_comparison_or_a_sweep_on_a_full_disk_is_one_line(beside):
    before = beside.files()
    code, said = beside.place.run("new", prepare=functools.partial(limit_files, 2_000), run=beside.run)
    assert code == 2, said
    assert len(errors(said)) == 1, said
    assert "the old report stands" in said
    assert beside.files() == before
    assert not beside.left()
    beside.assert_runs()
    assert beside.files() == before
