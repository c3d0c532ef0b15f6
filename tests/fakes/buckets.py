"""An S3 service on loopback, by moto: the bytes of the protocol on a real socket."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug import serving

BUCKET = "pictures"


class Service:
    """One that can be stopped and started again on the same port; what it kept stays."""

    def __init__(self) -> None:
        import boto3  # noqa: PLC0415 # seconds that only these tests should take
        from moto.moto_server import werkzeug_app  # noqa: PLC0415 # the same

        self.port = 0
        self._handler = werkzeug_app.MotoRequestHandler
        self._application = werkzeug_app.DomainDispatcherApplication(
            werkzeug_app.create_backend_app
        )
        self.start()
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
        )
        self.client.create_bucket(Bucket=BUCKET)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """What MEDIA_STORAGE_URL says to use it."""
        return f"s3://key:secret@{BUCKET}/media?endpoint={self.endpoint}&region=us-east-1"

    def stored(self) -> list[str]:
        found = self.client.list_objects_v2(Bucket=BUCKET)
        return [entry["Key"] for entry in found.get("Contents", [])]

    def start(self) -> None:
        self._server = serving.make_server(
            "127.0.0.1",
            self.port,
            self._application,
            threaded=True,
            request_handler=self._handler,
        )
        self.port = self._server.port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def bucket() -> Iterator[Service]:
    """The service with one empty bucket; gone afterwards."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    service = Service()
    yield service
    service.stop()
