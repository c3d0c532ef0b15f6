"""A small disk of a test's own, that can be filled to its last byte."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MEBIBYTE = 1024 * 1024
MOUNT, UNMOUNT = (shutil.which(name) or "" for name in ("mount", "umount"))


class Disk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave no room for a single byte."""
        with self._ballast.open("ab", buffering=0) as ballast:
            for piece in (MEBIBYTE, 4096, 1):
                try:
                    while True:
                        ballast.write(bytes(piece))
                except OSError:
                    continue

    def make_room(self) -> None:
        self._ballast.unlink()


@contextmanager
def small_disk(mebibytes: int) -> Iterator[Disk]:
    """Skips the test where nobody may mount anything."""
    with tempfile.TemporaryDirectory(prefix="polaris-disk-") as name:
        options = ("-t", "tmpfs", "-o", f"size={mebibytes}m,mode=700", "tmpfs", name)
        if os.geteuid() or not MOUNT or subprocess.run([MOUNT, *options], check=False).returncode:
            pytest.skip("only root may mount a small disk")
        try:
            yield Disk(Path(name))
        finally:
            subprocess.run([UNMOUNT, "--lazy", name], check=True)
