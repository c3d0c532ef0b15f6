#!/usr/bin/env python3
"""Start Polaris Blog, or test it, on a machine that has only Python.

    python3 start.py                  run the blog; Ctrl-C stops it
    python3 start.py test [options]   run the whole test suite; options go to pytest
    python3 start.py setup            only make the environment in .venv

HOST, PORT, DATA_DIR and DEBUG (on unless set) come from the environment or from .env;
.env.example explains every setting.
"""

# Only the standard library here, and only grammar that Python 3.6 can read: an old Python must get
# as far as the sentence that says what to install.

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "installed.txt")
OLDEST_PYTHON = (3, 11)
NEWER_PYTHONS = ("python3.13", "python3.12", "python3.11", "python3.14")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# What must be known before the settings can be imported; they read .env themselves.
NEEDED_EARLY = ("HOST", "PORT", "DEBUG", "POLARIS_CHROMIUM")


def main(arguments: "list[str]") -> None:
    if arguments[:1] in (["-h"], ["--help"]):
        print(__doc__.strip())
        return
    if os.name != "posix":
        sys.exit("Polaris Blog runs on Linux and macOS. On Windows, use it inside WSL.")
    command = arguments[0] if arguments else "run"
    if command not in ("run", "test", "setup") or (command != "test" and len(arguments) > 1):
        sys.stderr.write(f"start.py does not know: {' '.join(arguments)}\n\n")
        sys.stderr.write(__doc__.strip() + "\n")
        sys.exit(2)
    # Ended by SIGTERM while installing, we take the installer with us as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    run_on_a_newer_python()
    os.chdir(ROOT)
    read_dotenv()
    keep_bytecode()
    if command == "run":
        os.environ["DEBUG"] = os.environ.get("DEBUG") or "on"
    ensure_environment(needs_tools=command == "test" or not is_off(os.environ.get("DEBUG", "")))
    if command == "run":
        hand_over([PYTHON, "-m", "polarisblog.supervising"])
    elif command == "test":
        find_browser()
        hand_over([PYTHON, "-m", "pytest", *spread_over_cores(), *arguments[1:]])


def say(text: str) -> None:
    print(text, flush=True)


def hand_over(command: "list[str]") -> None:
    """Become `command`, so that signals and the exit code are its own."""
    os.execv(command[0], command)  # noqa: S606 # the commands are ours


def is_off(value: str) -> bool:
    return value.strip().lower() in ("0", "false", "f", "off", "n", "no")


def read_dotenv() -> None:
    """Take what is needed early from `.env`; the environment wins."""
    try:
        with open(os.path.join(ROOT, ".env"), encoding="utf-8") as file:
            lines = file.readlines()
    except FileNotFoundError:
        return
    except (PermissionError, UnicodeDecodeError) as problem:
        sys.exit(f".env cannot be read: {problem}")
    for line in lines:
        found = re.match(r"\s*(?:export\s+)?(\w+)\s*=\s*(.*)", line)
        if found and found.group(1) in NEEDED_EARLY:
            value = re.sub(r"\s+#.*|\s+$", "", found.group(2)).strip("'\"")
            os.environ.setdefault(found.group(1), value)


def keep_bytecode() -> None:
    """Let Python keep what it compiled, beside the packages, where it may not do so by the sources.

    Compiling anew at every start would double its time. Images of containers forbid it by default.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ["PYTHONPYCACHEPREFIX"] = os.path.join(VENV, "bytecode")


# --- Python and its packages --------------------------------------------------------------------


def run_on_a_newer_python() -> None:
    """Go on under a Python that is new enough, or say how to get one."""
    if sys.version_info >= OLDEST_PYTHON:
        return
    for name in NEWER_PYTHONS:
        path = shutil.which(name)
        # Version switchers put names on PATH that answer with an error only.
        if path and subprocess.call([path, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            hand_over([path, os.path.abspath(__file__), *sys.argv[1:]])
    uv = shutil.which("uv")
    if uv:
        command = [uv, "run", "--no-project", "--python", "3.12"]
        hand_over([*command, os.path.abspath(__file__), *sys.argv[1:]])
    sys.exit(
        f"Polaris Blog needs Python 3.{OLDEST_PYTHON[1]} or newer; "
        f"this is {sys.version.split()[0]}. Debian and Ubuntu: sudo apt install python3 "
        "python3-venv; macOS: brew install python; any system: install uv (docs.astral.sh/uv)."
    )


def ensure_environment(*, needs_tools: bool) -> None:
    """Make `.venv` hold exactly the hashed pins; instant when it already does.

    With `needs_tools` those are the pins for development, a superset of what production runs.
    """
    wanted = {name: stamp_of(name) for name in ("requirements.txt", "requirements-dev.txt")}
    name = "requirements-dev.txt" if needs_tools else "requirements.txt"
    enough = {wanted[name], wanted["requirements-dev.txt"]}
    # A lock on this very file needs no file of its own and ends with the process, however it ends.
    import fcntl  # noqa: PLC0415 # nothing but POSIX has it

    with open(os.path.abspath(__file__)) as lock:
        # An installer that outlives us, killed, goes on holding it.
        os.set_inheritable(lock.fileno(), True)  # noqa: FBT003 # takes no keyword
        with contextlib.suppress(OSError):  # a file system without locks
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Waiting for another start that is preparing Python packages …")
                fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp() in enough:
            return
        say("Preparing Python packages in .venv (the first time only; about a minute) …")
        if stamp() == "unfinished" or not is_usable(VENV):
            discard(VENV)
            create_venv()
        write_stamp("unfinished")
        install(os.path.join(ROOT, name))
        write_stamp(wanted[name])


def discard(venv: str) -> None:
    """Remove an environment; of a link only the link: what it leads to may be in use."""
    if os.path.islink(venv):
        os.unlink(venv)
    shutil.rmtree(venv, ignore_errors=True)


def stamp_of(requirements: str) -> str:
    with open(os.path.join(ROOT, requirements), "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    return f"{digest} for {sys.version_info[0]}.{sys.version_info[1]}"


def stamp() -> str:
    if not os.path.exists(PYTHON) or not os.path.exists(STAMP):
        return ""
    with open(STAMP) as file:
        return file.read()


def write_stamp(text: str) -> None:
    with open(STAMP + ".new", "w") as file:
        file.write(text)
    os.replace(STAMP + ".new", STAMP)


def is_usable(venv: str) -> bool:
    """Whether this environment works and is of the Python we run on."""
    question = f"import sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
    python = os.path.join(venv, "bin", "python")
    return os.path.exists(python) and subprocess.call([python, "-c", question]) == 0


def create_venv() -> None:
    try:
        import venv  # noqa: PLC0415 # Debian may lack it
    except ImportError:
        sys.exit(NO_VENV)
    venv.EnvBuilder(symlinks=True).create(VENV)


NO_VENV = (
    "This Python cannot make virtual environments. Debian and Ubuntu: sudo apt install "
    "python3-venv; then start again."
)


def install(requirements: str) -> None:
    """Install the pins by whatever installer this machine has; the next one if one fails."""
    complaint = NO_VENV
    for steps in installers(requirements):
        for step in steps:
            complaint = follow(step)
            if complaint:
                break
        else:
            return
    sys.exit(f"The Python packages could not be installed: {complaint}")


def installers(requirements: str) -> "list[list[list[str]]]":
    # The pins are complete, so looking for dependencies, like compiling what may never be imported,
    # would only take time.
    options = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", requirements]
    quiet = ["--disable-pip-version-check", "--no-input"]
    found = []
    if shutil.which("uv"):
        found.append([["uv", "pip", "install", "--python", PYTHON, *options]])
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("ensurepip.__main__"):
        pip = [PYTHON, "-m", "pip", *quiet, "install", "--no-compile", *options]
        found.append([[PYTHON, "-m", "ensurepip"], pip])
    elif importlib.util.find_spec("pip"):
        # Debian splits ensurepip off; the system's own pip can install into another environment.
        pip = [sys.executable, "-m", "pip", *quiet, "--python", PYTHON]
        found.append([[*pip, "install", "--no-compile", *options]])
    return found


def follow(command: "list[str]") -> str:
    """Run an installer, counting packages where somebody watches; its complaint, "" if none."""
    count, tail = 0, ""
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        close_fds=False,
    ) as process:
        for line in process.stdout or ():
            if line.startswith(("Collecting", "Processing")) and sys.stdout.isatty():
                count += 1
                sys.stdout.write(f"\r  {count} packages")
                sys.stdout.flush()
            if line.strip() and not (tail.startswith("ERROR") and not line.startswith("ERROR")):
                tail = line.strip()
    if count:
        say("")
    return tail or "no reason given" if process.returncode else ""


# --- The tests ----------------------------------------------------------------------------------


def spread_over_cores() -> "list[str]":
    """One process more than cores, as some always wait for a browser or a server of theirs.

    Neighbours often share a running blog, so that each process gets a stretch of the tests.
    """
    on_linux = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if on_linux else os.cpu_count() or 1
    return ["-n", str(min(cores + 1, 4)), "--dist", "worksteal"]


def find_browser() -> None:
    """Export POLARIS_CHROMIUM; a machine without a Chromium gets one the way it allows."""
    path = os.environ.get("POLARIS_CHROMIUM") or browser_on_path() or playwrights_own()
    if not path:
        say("Installing Chromium for the browser tests …")
        if os.geteuid() == 0 and shutil.which("apt-get"):
            os.environ["DEBIAN_FRONTEND"] = "noninteractive"
            follow(["apt-get", "update"])
            complaint = follow(["apt-get", "install", "-y", "chromium"])
        else:
            complaint = follow([PYTHON, "-m", "playwright", "install", "chromium"])
        path = browser_on_path() or playwrights_own()
        if not path:
            say(f"*** No Chromium, so the browser tests will be skipped: {complaint}")
            return
    os.environ["POLARIS_CHROMIUM"] = path


def browser_on_path() -> str:
    return next((path for path in map(shutil.which, BROWSERS) if path), "")


def playwrights_own() -> str:
    question = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as tools: print(tools.chromium.executable_path)"
    )
    answer = subprocess.run(
        [PYTHON, "-c", question], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
    )
    path = answer.stdout.decode().strip()
    return path if os.path.exists(path) else ""


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("Stopped.")
