"""The servers that are compared: this blog, and those that only hand out its bytes."""

import contextlib
import gzip
import http.client
import os
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench import machine
from tests.processes import Running, free_port, manage, status_of, wait_until

SLOW = 3
GRANIAN = (sys.executable, "-m", "granian", "--http", "1", "--no-ws", "--workers", "1")
ASGI = (*GRANIAN, "--interface", "asginl")
NGINX = """
{user}
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 256; }}
http {{
    types {{ text/html html; }}
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    server {{ listen 127.0.0.1:{port}; root {folder}; gzip_static on; }}
}}
"""
BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
DISK = """
load_module {brotli};
{user}
pcre_jit on; worker_processes 1; daemon off; pid {folder}/disk.pid; error_log {folder}/disk.log;
events {{ worker_connections 256; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
    client_body_temp_path {folder}/d1; proxy_temp_path {folder}/d2; fastcgi_temp_path {folder}/d3;
    uwsgi_temp_path {folder}/d4; scgi_temp_path {folder}/d5;
    include {folder}/blog.conf;
}}
"""


@dataclass(frozen=True)
class Server:
    """What is measured: `paths` leads from a number of comments to the address to ask."""

    name: str
    running: Running
    port: int
    paths: dict[int, str]
    # What answers few requests in a second is measured for longer.
    slowness: int = 1

    def url(self, count: int) -> str:
        return f"http://127.0.0.1:{self.port}{self.paths[count]}"

    def cpu_seconds(self) -> float:
        return machine.cpu_seconds(machine.descendants(self.running.process.pid))


def blog_environment(data_dir: Path, **more: object) -> dict[str, object]:
    """Production settings, with the brakes off."""
    ours = {"DATA_DIR": data_dir, "DEBUG": "off", "RATE_LIMITS": "off", "STAFF_NEEDS_MFA": "off"}
    return {**ours, **more}


@contextlib.contextmanager
def blog(
    data_dir: Path, paths: dict[int, str], *, page_cache: str, front_port: int = 0
) -> Iterator[Server]:
    """One web process of the blog, which readers reach at `front_port` if one is given."""
    port = free_port()
    site_url = f"http://127.0.0.1:{front_port or port}"
    environment = blog_environment(data_dir, PORT=port, SITE_URL=site_url, PAGE_CACHE=page_cache)
    command = (*ASGI, "--port", port, "polarisblog.asgi:application")
    is_kept = page_cache == "on"
    name = "Polaris Blog, kept pages" if is_kept else "Polaris Blog, rendered each time"
    slowness = 1 if is_kept else SLOW
    with up(name, command, environment, data_dir, port, paths, slowness) as server:
        yield server


@contextlib.contextmanager
def disk(folder: Path, kept: Server, front_port: int) -> Iterator[list[Server]]:
    """nginx in front of `kept`, as the blog configures it; none where it is not installed."""
    if not (machine.find("nginx") and BROTLI.exists()):
        yield []
        return
    ours = {
        "PORT": kept.port,
        "SITE_URL": f"http://127.0.0.1:{front_port}",
        "TRUSTED_PROXY_COUNT": 1,
    }
    environment = {k: str(v) for k, v in blog_environment(folder / "blog", **ours).items()}
    (folder / "blog.conf").write_text(manage(environment, "nginx"))
    configuration = folder / "disk.conf"
    configuration.write_text(DISK.format(folder=folder, user=_nginx_user(), brotli=BROTLI))
    command = (machine.find("nginx"), "-p", folder, "-c", configuration)
    name = "Polaris Blog, nginx from disk"
    with up(name, command, {}, folder, front_port, kept.paths) as server:
        yield [server]


@contextlib.contextmanager
def limits(folder: Path, counts: list[int]) -> Iterator[list[Server]]:
    """nginx (where it is installed), granian's "hello" and a bare Django view."""
    paths = {count: f"/{count}.html" for count in counts}
    bodies = {"BENCH_BODIES": folder}
    hello, bare, static = free_port(), free_port(), free_port()
    with contextlib.ExitStack() as stack:
        servers = []
        if machine.find("nginx"):
            configuration = folder / "nginx.conf"
            configuration.write_text(NGINX.format(folder=folder, port=static, user=_nginx_user()))
            command = (machine.find("nginx"), "-p", folder, "-c", configuration)
            name = "nginx, precompressed file"
            servers.append(up(name, command, {}, folder, static, paths))
        command = (*ASGI, "--port", hello, "tests.bench.limits:hello")
        servers.append(up("granian hello (ASGI)", command, bodies, folder, hello, paths))
        factory = ("--interface", "wsgi", "--factory", "tests.bench.limits:bare_django")
        command = (*GRANIAN, "--port", bare, *factory)
        servers.append(up("bare Django view (WSGI)", command, bodies, folder, bare, paths))
        yield [stack.enter_context(server) for server in servers]


@contextlib.contextmanager
def up(
    name: str,
    command: tuple[object, ...],
    environment: dict[str, object],
    folder: Path,
    port: int,
    paths: dict[int, str],
    slowness: int = 1,
) -> Iterator[Server]:
    """A server on its core, from its first answer on."""
    output = folder / f"output-{secrets.token_hex(4)}.txt"
    with Running(machine.on_server_core(*command), environment, output) as running:
        try:
            wait_until(lambda: status_of(port, next(iter(paths.values()))) == http.HTTPStatus.OK)
        except AssertionError:
            raise SystemExit(f"{name} does not answer:\n{output.read_text()}") from None
        yield Server(name, running, port, paths, slowness)


def _nginx_user() -> str:
    """Started by root, nginx would become somebody who may not read our folder."""
    return "user root;" if os.geteuid() == 0 else ""


def keep_bodies(server: Server, folder: Path) -> dict[int, int]:
    """Save what `server` answers, plain and compressed, for the limits; the bytes of each."""
    sizes = {}
    for count, path in server.paths.items():
        body = fetch(server.port, path)[1]
        (folder / f"{count}.html").write_bytes(body)
        compressed = gzip.compress(body, 9)
        (folder / f"{count}.html.gz").write_bytes(compressed)
        sizes[count] = len(compressed)
    return sizes


def fetch(port: int, path: str, encoding: str = "identity") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Accept-Encoding": encoding})
        answer = connection.getresponse()
        return answer.status, answer.read()
