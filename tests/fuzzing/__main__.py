"""Atheris on every parser: `make fuzz`, or `python -m tests.fuzzing SECONDS [PARSER …]`.

libFuzzer's own processes, one parser after the other, for SECONDS each (60), guided by what code
an input reaches. What it learns stays in `var/fuzz/`, so that the next run goes on from there. An
input that breaks something is written to `tests/fuzzing/corpus/`, where it is a test from then on.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LEARNED, CORPUS = ROOT / "var" / "fuzz", Path(__file__).parent / "corpus"
ATHERIS = "atheris>=3,<4"
OURS = ["accounts", "comments", "posts", "polarisblog"]
# An input of 64 KiB that takes longer is a finding.
SLOW_SECONDS, MOST_MEGABYTES = 10, 2048


def main(seconds: int, wanted: list[str]) -> int:
    packages = LEARNED / "packages"
    uv = Path(sys.executable).with_name("uv")
    subprocess.run(
        [uv, "pip", "install", "-q", "--python", sys.executable, "--target", packages, ATHERIS],
        check=True,
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    environment["PYTHONPATH"] = f"{ROOT}{os.pathsep}{packages}"
    known = subprocess.run(
        [sys.executable, "-m", "tests.fuzzing", "--list"],
        env=environment, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    failed = [name for name in wanted or known if not fuzzed(name, seconds, environment)]
    print("broken:", ", ".join(failed) or "none")
    return bool(failed)


def fuzzed(name: str, seconds: int, environment: dict[str, str]) -> bool:
    """Whether nothing was found."""
    learned, kept = LEARNED / name, CORPUS / name
    learned.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={seconds}", f"-timeout={SLOW_SECONDS}", "-print_final_stats=1",
        f"-rss_limit_mb={MOST_MEGABYTES}", "-max_len=4096", f"-artifact_prefix={learned}-",
    ]  # fmt: skip
    command = [sys.executable, "-m", "tests.fuzzing", "--one", name, *options, str(learned)]
    if kept.exists():
        command.append(str(kept))
    run = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    said = run.stdout.decode(errors="replace")
    (LEARNED / f"{name}.txt").write_text(said, encoding="utf-8")
    runs = re.search(r"stat::number_of_executed_units: (\d+)", said)
    edges = re.findall(r"cov: (\d+)", said)
    print(
        f"{name}: {runs[1] if runs else '?'} runs, {edges[-1] if edges else '?'} places reached,"
        f" {'well' if run.returncode == 0 else 'BROKEN'}",
        flush=True,
    )
    for artifact in LEARNED.glob(f"{name}-*-*"):
        kept.mkdir(parents=True, exist_ok=True)
        artifact.rename(kept / artifact.name.removeprefix(f"{name}-"))
    return run.returncode == 0


def fuzz_one(name: str, options: list[str]) -> None:
    """Never returns: libFuzzer ends the process."""
    import atheris  # noqa: PLC0415 # installed for this run alone
    import django  # noqa: PLC0415 # the settings are only known now

    with atheris.instrument_imports(include=OURS):
        django.setup()
        from tests.fuzzing.parsers import PARSERS  # noqa: PLC0415 # instrumented on import

    parser = PARSERS[name]
    start = LEARNED / name
    for number, beginning in enumerate(parser.beginnings):
        (start / f"beginning-{number}").write_bytes(beginning)
    atheris.Setup([sys.argv[0], *options], parser)
    atheris.Fuzz()


def listed() -> None:
    import django  # noqa: PLC0415 # as above

    django.setup()
    from tests.fuzzing.parsers import PARSERS  # noqa: PLC0415 # after the setup

    print("\n".join(PARSERS))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--list"]:
            listed()
        case ["--one", one, *rest]:
            fuzz_one(one, rest)
        case [count, *names]:
            sys.exit(main(int(count), names))
        case _:
            sys.exit(main(60, []))
