"""Backups that only the holder of a key can read, in the age format (age-encryption.org/v1).

The blog knows the recipient (a public key) alone, so that a stolen server opens no stolen backup.
Anybody's `age` program reads and writes the same files.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import pyrage

from polarisblog.backups.archive import CHUNK_BYTES, BadArchive

MAGIC = b"age-encryption.org/v1"


class BadKey(Exception):
    """Why a key cannot be used, in a sentence."""


def recipient(text: str) -> object:
    """A public key: age's own (`age1…`) or an SSH key (`ssh-ed25519 …`)."""
    kind = pyrage.ssh if text.startswith("ssh-") else pyrage.x25519
    try:
        return kind.Recipient.from_str(text.strip())
    except pyrage.RecipientError as problem:
        raise BadKey(f"“{text}” is no age recipient: {problem}.") from problem


def identities(path: Path) -> list[object]:
    """The secret keys in a file as age-keygen or ssh-keygen writes it."""
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as problem:
        raise BadKey(f"The key file cannot be read: {problem}.") from problem
    try:
        if "PRIVATE KEY" in text:
            return [pyrage.ssh.Identity.from_buffer(text.encode())]
        lines = [line.strip() for line in text.splitlines()]
        found = [
            pyrage.x25519.Identity.from_str(line) for line in lines if line[:1] not in ("#", "")
        ]
    except pyrage.IdentityError as problem:
        raise BadKey(f"The key file holds no age identity: {problem}.") from problem
    if not found:
        raise BadKey("The key file holds no age identity.")
    return found


def new_key(path: Path) -> str:
    """Make a secret key in a new file that its owner alone reads; gives the public one."""
    key = pyrage.x25519.Identity.generate()
    public = str(key.to_public())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"# public key: {public}\n{key}\n")
    return public


def is_encrypted(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


@contextmanager
def encrypted(target: IO[bytes], recipients: Sequence[object]) -> Iterator[IO[bytes]]:
    """A stream whose bytes arrive encrypted in `target`; `target` itself without recipients."""
    if not recipients:
        yield target
        return

    def run(reading: IO[bytes]) -> None:
        try:
            pyrage.encrypt_io(reading, target, recipients)
        except pyrage.EncryptError as problem:
            raise OSError(str(problem)) from problem

    reading, writing = _pipe()
    with _beside(run, its=reading, ours=writing):
        yield writing


@contextmanager
def decrypted(source: IO[bytes], keys: Sequence[object]) -> Iterator[IO[bytes]]:
    """What `source` says in clear; raises BadArchive where it was altered or is for others."""

    def run(writing: IO[bytes]) -> None:
        try:
            pyrage.decrypt_io(source, writing, keys)
        except (pyrage.DecryptError, OSError) as problem:
            raise BadArchive(f"The backup was altered, or is for another key: {problem}.") from None

    reading, writing = _pipe()
    with _beside(run, its=writing, ours=reading):
        yield reading
        # To the end, where age says whether all of it is genuine.
        while reading.read(CHUNK_BYTES):
            pass


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    reading, writing = os.pipe()
    return os.fdopen(reading, "rb"), os.fdopen(writing, "wb")


@contextmanager
def _beside(run: Callable[[IO[bytes]], None], *, its: IO[bytes], ours: IO[bytes]) -> Iterator[None]:
    """`run` in a thread with its end of a pipe. What failed first is raised."""
    failures: list[BaseException] = []

    def work() -> None:
        try:
            run(its)
        except BaseException as problem:  # noqa: BLE001 # raised below, where somebody hears it
            failures.append(problem)
        finally:
            with suppress(OSError):
                its.close()

    thread = threading.Thread(target=work, name="age", daemon=True)
    thread.start()
    try:
        yield
    except BaseException as problem:  # noqa: BLE001 # it, or what caused it, is raised
        first = failures[0] if failures else problem
        _close(ours, thread)
        raise first from None
    _close(ours, thread)
    if failures:
        raise failures[0]


def _close(ours: IO[bytes], thread: threading.Thread) -> None:
    with suppress(OSError):
        ours.close()
    thread.join()
