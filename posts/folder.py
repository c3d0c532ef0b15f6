"""Pictures in a folder, each of which is there whole or not at all.

A name stands for its bytes for ever, so half a picture, left by a full disk or a killed worker,
would be shown as that picture for ever.
"""

from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.utils.crypto import get_random_string

PART = ".part"


class Folder(FileSystemStorage):
    """Django's; what is stored gets its name once all of it is on the disk."""

    def _save(self, name: str, content: File[bytes]) -> str:
        part = f"{name}.{get_random_string(8)}{PART}"
        try:
            super()._save(part, content)  # type: ignore[misc] # Django's own step, not in the stubs
            Path(self.path(part)).rename(self.path(name))
        finally:
            self.delete(part)
        return name
