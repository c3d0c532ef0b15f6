"""Pictures in an S3-compatible bucket instead of a folder, so that several hosts share them.

Readers never meet the bucket: `media` answers for it at the same addresses, so no page names
another host, and objects stay private. Only loaded where MEDIA_STORAGE_URL is set.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage

from polarisblog.network.breaker import Breaker

NOT_FOUND = 404
# The service itself is in trouble, or wants us to slow down.
IN_TROUBLE = (429, 500, 502, 503, 504)
CONNECTING = Config(
    connect_timeout=2,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 2},
    signature_version="s3v4",
    # Other makers' servers need not know the newer checksums.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
_making = threading.Lock()


class BucketAway(OSError):
    """The bucket did not answer, or would not let us."""


class Bucket(S3Storage):
    """django-storages' S3, with one client for all threads, and errors as a folder has them.

    FileNotFoundError for what is not there, BucketAway for all that is the bucket's own trouble.
    """

    def __init__(self, **options: Any) -> None:
        # One request at a time for each picture: they are small.
        transfer = TransferConfig(use_threads=False)
        super().__init__(client_config=CONNECTING, transfer_config=transfer, **options)
        self.breaker = Breaker(f"bucket {self.bucket_name}")
        self._connection: Any = None

    @property
    def connection(self) -> Any:
        """Made once: its own thread-local one would be made for every request, in 0.1 s."""
        with _making:
            if self._connection is None:
                self._connection = self._create_session().resource(
                    "s3",
                    region_name=self.region_name,
                    endpoint_url=self.endpoint_url,
                    config=self.client_config,
                )
        return self._connection

    @contextmanager
    def _asking(self, name: str) -> Iterator[None]:
        if not self.breaker.may_try():
            raise BucketAway(f"not asked for {name}: away a moment ago")
        try:
            yield
        except ClientError as refusal:
            status = refusal.response["ResponseMetadata"]["HTTPStatusCode"]
            if status in IN_TROUBLE:
                self.breaker.failed(refusal)
            else:
                self.breaker.worked()
            if status == NOT_FOUND:
                raise FileNotFoundError(name) from refusal
            raise BucketAway(str(refusal)) from refusal
        except (BotoCoreError, Boto3Error) as problem:
            self.breaker.failed(problem)
            raise BucketAway(str(problem)) from problem
        self.breaker.worked()

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        """The whole object, in one request."""
        with self._asking(name):
            answer = self.connection.meta.client.get_object(
                Bucket=self.bucket_name, Key=self._normalize_name(name)
            )
            return ContentFile(answer["Body"].read(), name=name)

    def _save(self, name: str, content: File[Any]) -> str:
        with self._asking(name):
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with self._asking(name):
            super().delete(name)

    def exists(self, name: str) -> bool:
        with self._asking(name):
            return bool(super().exists(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Folders and files below `path`; of one that is not there, nothing."""
        with self._asking(path):
            folders, files = super().listdir(path)
        return folders, files

    def url(self, name: str, *args: object, **kwargs: object) -> str:
        """Our own address for it."""
        return f"{settings.MEDIA_URL}{filepath_to_uri(name)}"
