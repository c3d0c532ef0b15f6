"""nginx hands out kept pages from disk: the same bytes and headers, and none a moment too long."""

import http.client
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.buckets import BUCKET, Service, bucket
from tests.journeys.running import RunningSite, running_site
from tests.processes import ROOT, free_port, manage, wait_until

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/opt/homebrew/bin:/usr/local/bin")
BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
ARTICLE = "/2011/01/11/polaris-project/"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (NGINX and BROTLI.exists()), reason="no nginx with brotli_static here"),
]


@dataclass(frozen=True)
class Front:
    """A blog, and nginx in front of it. `host` is what readers ask for, if not the address."""

    site: RunningSite
    port: int
    log: Path
    host: str = ""

    def ask(
        self, path: str, *, method: str = "GET", port: int = 0, body: bytes = b"", **headers: str
    ) -> "Answer":
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=20)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.host:
            names.setdefault("host", self.host)
        connection.request(method, path, body=body or None, headers=names)
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, response.read())

    def ask_blog(self, path: str, **headers: str) -> "Answer":
        return self.ask(path, port=int(self.site.environment["PORT"]), **headers)

    def is_from_disk(self, path: str, **headers: str) -> bool:
        name = secrets.token_hex(4)
        self.ask(path, x_name=name, **headers)
        # nginx notes an answer only after it was sent.
        wait_until(lambda: name in self.log.read_text())
        [line] = [line for line in self.log.read_text().splitlines() if line.startswith(name)]
        return line.endswith(" -")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with running_front(tmp_path_factory.mktemp("nginx")) as found:
        yield found


@contextmanager
def running_front(folder: Path, **environment: str) -> Iterator[Front]:
    port = free_port()
    usual = {"SITE_URL": f"http://127.0.0.1:{port}", "TRUSTED_PROXY_COUNT": "1"}
    with running_site(folder, DEBUG="off", **{**usual, **environment}) as site:
        made = manage(site.environment, "nginx")
        for place, ours in (
            ("listen 80;", f"listen {port};"),
            ("/var/cache/polaris-pictures", f"{folder}/pictures"),
        ):
            made = made.replace(place, ours)
        (folder / "blog.conf").write_text(made)
        (folder / "nginx.conf").write_text(
            f"load_module {BROTLI};\n"
            "daemon off; worker_processes 1;\n"
            + ("user root;\n" if os.geteuid() == 0 else "")
            + f"pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
            "events {}\n"
            "http {\n"
            "    log_format plain '$http_x_name $status $upstream_addr';\n"
            f"    access_log {folder}/access.log plain;\n"
            f"    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
            f"    fastcgi_temp_path {folder}/a; uwsgi_temp_path {folder}/b;\n"
            f"    scgi_temp_path {folder}/c;\n"
            f"    include {folder}/blog.conf;\n"
            "}\n"
        )
        command = [NGINX, "-c", str(folder / "nginx.conf"), "-p", str(folder)]
        server = subprocess.Popen(command, cwd=ROOT)
        host = environment.get("SITE_URL", "").removeprefix("https://")
        found = Front(site, port, folder / "access.log", host)
        try:
            wait_until(lambda: answers(found))
            yield found
        finally:
            server.terminate()
            server.wait()


def answers(front: Front) -> bool:
    try:
        return front.ask("/healthz").status == 200
    except OSError:
        return False


def test_an_article_comes_from_disk_once_it_is_kept(front: Front) -> None:
    for path in (ARTICLE, "/", "/es/", "/safety/"):
        assert not front.is_from_disk(f"{path}?fresh")
        wait_until(lambda path=path: front.is_from_disk(path))
        assert front.ask(path).status == 200
        assert front.is_from_disk(path)


@pytest.mark.parametrize("path", [ARTICLE, "/", f"/es{ARTICLE}"])
@pytest.mark.parametrize("encoding", ["br", "gzip", "identity"])
def test_disk_and_blog_say_the_same(front: Front, path: str, encoding: str) -> None:
    wait_until(lambda: front.is_from_disk(path))
    ours = front.ask_blog(path, accept_encoding=encoding, host=f"127.0.0.1:{front.port}")
    theirs = front.ask(path, accept_encoding=encoding)
    assert theirs.body == ours.body
    own = {"server", "date", "etag", "connection"}
    assert {name: text for name, text in theirs.headers.items() if name not in own} == {
        name: text for name, text in ours.headers.items() if name not in own
    }
    assert theirs.headers["etag"].startswith('"')
    again = front.ask(path, accept_encoding=encoding, if_none_match=theirs.headers["etag"])
    assert again.status == 304


def test_each_encoding_has_a_tag_of_its_own(front: Front) -> None:
    wait_until(lambda: front.is_from_disk(ARTICLE))
    tags = {
        front.ask(ARTICLE, accept_encoding=name).headers["etag"]
        for name in ("br", "gzip", "identity")
    }
    assert len(tags) == 3


def test_a_session_a_question_and_a_form_go_to_the_blog(front: Front) -> None:
    wait_until(lambda: front.is_from_disk(ARTICLE))
    assert "private" in front.ask(ARTICLE, cookie="session=abc").headers["cache-control"]
    assert "private" in front.ask(ARTICLE, cookie="a=b; guest=abc").headers["cache-control"]
    assert not front.is_from_disk(f"{ARTICLE}?order=newest")
    assert front.ask(f"{ARTICLE}respond/", method="POST").status in (403, 422)


@pytest.mark.parametrize(
    ("headers", "is_from_disk"),
    [
        ({}, True),
        ({"cookie": "theme=dark; session_hint=1"}, True),
        ({"cookie": "session=abc"}, False),
        ({"cookie": "theme=dark; csrf=abc"}, False),
        ({"cookie": "theme=dark;open-7=abc"}, False),
        ({"authorization": "Basic abc"}, False),
        ({"authorization": "Basic abc", "cookie": "theme=dark"}, False),
    ],
)
def test_what_is_not_ours_keeps_nobody_from_the_disk(
    front: Front, headers: dict[str, str], is_from_disk: bool
) -> None:
    wait_until(lambda: front.is_from_disk(ARTICLE))
    assert front.is_from_disk(ARTICLE, **headers) is is_from_disk


def test_a_change_shows_at_the_next_request(front: Front) -> None:
    for number in range(3):
        wait_until(lambda: front.is_from_disk(ARTICLE))
        before = front.ask(ARTICLE).headers["etag"]
        manage(front.site.environment, "fill", "polaris-project", "1")
        after = front.ask(ARTICLE)
        assert f"{number + 2} thoughts".encode() in after.body
        assert after.headers["etag"] != before


def test_nothing_of_the_shelf_can_be_asked_for_by_its_own_name(front: Front) -> None:
    wait_until(lambda: front.is_from_disk(ARTICLE))
    kept = [*front.log.parent.glob("pages/kept/127.0.0.1/2011/01/11/polaris-project/@*")]
    assert kept
    for path in (
        "/position",
        "/lock",
        "/leases/",
        "/kept/127.0.0.1/@page",
        f"{ARTICLE}@page",
        f"{ARTICLE}{kept[0].name}",
        "/tags/",
    ):
        assert front.ask(path).status in (301, 404), path


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "PROPFIND"])
def test_other_methods_are_answered_as_the_blog_answers_them(front: Front, method: str) -> None:
    wait_until(lambda: front.is_from_disk(ARTICLE))
    port = int(front.site.environment["PORT"])
    host = f"127.0.0.1:{front.port}"

    ours = front.ask(ARTICLE, method=method, port=port, host=host)
    theirs = front.ask(ARTICLE, method=method)

    assert (theirs.status, theirs.body) == (ours.status, ours.body)
    assert theirs.headers.get("allow") == ours.headers.get("allow")


@pytest.mark.parametrize(
    "path", ["/a%2Fb/", "/a%3Fb/", "/%C3%BC/", "/search/?q=%25%26", "/a+b//c/", "/a//@b/"]
)
def test_an_address_reaches_the_blog_as_it_was_asked_for(front: Front, path: str) -> None:
    ours = front.ask_blog(path, host=f"127.0.0.1:{front.port}")
    theirs = front.ask(path)

    assert theirs.status == ours.status
    assert theirs.headers.get("location") == ours.headers.get("location")


@pytest.mark.parametrize(
    "path",
    [
        f"/{ARTICLE}",
        f"{ARTICLE}/",
        "/2011/01//11/polaris-project/",
        f"/safety/..{ARTICLE}",
        f"/safety/%2e%2E{ARTICLE}",
        "/2011/./01/11/polaris-project/",
    ],
)
def test_an_address_that_is_only_like_a_pages_is_none(front: Front, path: str) -> None:
    wait_until(lambda: front.is_from_disk(ARTICLE))
    ours = front.ask_blog(path, host=f"127.0.0.1:{front.port}")

    assert ours.status == 404
    assert front.ask(path).status == 404


@pytest.mark.parametrize(
    "condition",
    [{"if_match": '"x"'}, {"if_unmodified_since": "Thu, 01 Jan 1970 00:00:00 GMT"}],
)
def test_a_condition_that_only_writers_set_is_the_blogs_to_judge(
    front: Front, condition: dict[str, str]
) -> None:
    wait_until(lambda: front.is_from_disk(ARTICLE))
    assert front.ask(ARTICLE, **condition).status == 200


def test_a_proxy_before_it_gets_pages_compressed_as_readers_do(front: Front) -> None:
    wait_until(lambda: front.is_from_disk(ARTICLE))
    for encoding in ("br", "gzip"):
        answer = front.ask(ARTICLE, via="1.0 cdn", accept_encoding=encoding)
        assert answer.headers["content-encoding"] == encoding


def test_a_long_address_and_a_large_body_are_answered_by_the_blog(front: Front) -> None:
    long = front.ask(f"{ARTICLE.rstrip('/')}?x={'a' * 3500}")
    assert long.status == 301
    large = front.ask(f"{ARTICLE}respond/", method="POST", body=b"x" * 4_000_000)
    assert large.status == 413
    assert b"This is too large" in large.body
    assert large.headers["x-content-type-options"] == "nosniff"


def test_what_machines_ask_and_what_logs_say_is_not_the_readers(front: Front) -> None:
    for path in ("/readyz", "/metrics"):
        assert front.ask(path).status == 404
    assert front.ask_blog("/readyz").status == 200
    said = front.ask("/search/?q=help", x_request_id="chosen-by-a-reader").headers
    assert said["x-request-id"] != "chosen-by-a-reader"


def test_when_nobody_listens_any_more_nothing_is_served_from_disk(tmp_path: Path) -> None:
    with running_front(tmp_path) as front:
        wait_until(lambda: front.is_from_disk(ARTICLE))
        front.site.running.kill("polaris: ")
        wait_until(lambda: front.ask(ARTICLE).status == 502, seconds=2)
        assert not front.is_from_disk(ARTICLE)


# --- Behind a CDN -------------------------------------------------------------------


def test_behind_a_cdn_every_page_carries_its_keys_and_nothing_else_is_kept_there(
    tmp_path: Path,
) -> None:
    with running_front(tmp_path, CDN_SECONDS="30") as front:
        for _ in range(2):
            said = front.ask(ARTICLE).headers
            assert "s-maxage=30" in said["cache-control"]
            ours = front.ask_blog(ARTICLE, host=f"127.0.0.1:{front.port}").headers
            for name in ("surrogate-key", "cache-tag", "etag", "content-security-policy"):
                assert said[name] == ours[name]
        assert {"order", "post:1", "talk:1"} == set(said["surrogate-key"].split())
        manage(front.site.environment, "fill", "polaris-project", "1")
        assert b"2 thoughts" in front.ask(ARTICLE).body
        for path in ("/search/?q=help", f"{ARTICLE}?order=newest", "/?p=1"):
            assert front.ask(path).headers["cache-control"] == "private, no-store", path
        assert "s-maxage" not in front.ask("/nothing/").headers["cache-control"]


# --- Behind a balancer that ends TLS, with pictures in a bucket -----------------------


@pytest.fixture(scope="module")
def pictures() -> Iterator[Service]:
    with bucket() as service:
        yield service


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory, pictures: Service) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("behind")
    settings = {"SITE_URL": "https://blog.example", "TRUSTED_PROXY_COUNT": "2"}
    with running_front(folder, MEDIA_STORAGE_URL=pictures.url, **settings) as found:
        yield found


def test_tls_is_what_the_balancer_says(behind: Front) -> None:
    wait_until(lambda: behind.is_from_disk(ARTICLE, x_forwarded_proto="https"))
    assert behind.ask(ARTICLE, x_forwarded_proto="https").status == 200
    for plain in ({}, {"x_forwarded_proto": "http"}):
        answer = behind.ask(ARTICLE, **plain)
        assert answer.headers["location"] == f"https://blog.example{ARTICLE}"
    assert behind.ask("/healthz").status == 200, "asked from inside"


def test_each_reader_behind_it_is_one(behind: Front) -> None:
    """Whatever somebody claims before the balancer adds whom it saw."""

    def search(forwarded: str) -> int:
        said = {"x_forwarded_for": forwarded, "x_forwarded_proto": "https"}
        return behind.ask("/search/?q=help", **said).status

    wait_until(lambda: search("198.51.100.1, 203.0.113.5") == 429)
    assert search("203.0.113.9, 203.0.113.5") == 429
    assert search("203.0.113.5, 203.0.113.6") == 200


def test_a_picture_is_fetched_from_the_bucket_once(behind: Front, pictures: Service) -> None:
    name = f"images/{secrets.token_hex(12)}"
    pictures.client.put_object(Bucket=BUCKET, Key=f"media/{name}.jpg", Body=b"a picture")

    def is_kept(path: str) -> bool:
        return behind.is_from_disk(path, x_forwarded_proto="https")

    assert [is_kept(f"/media/{name}.jpg") for _ in range(3)] == [False, True, True]
    kept = behind.ask(f"/media/{name}.jpg", x_forwarded_proto="https")
    assert (kept.status, kept.body) == (200, b"a picture")
    assert "immutable" in kept.headers["cache-control"]
    assert [is_kept(f"/media/{name}.jpg?{n}") for n in range(2)] == [True, True]
    # The size that was asked for is not made yet: what stands in for it is kept by nobody.
    assert [is_kept(f"/media/{name}/640w.webp") for _ in range(3)] == [False] * 3
