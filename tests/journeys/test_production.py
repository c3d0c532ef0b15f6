"""The blog as it stands on the net, behind a proxy with TLS: what it tells a browser."""

import http.client
import socket
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.journeys.running import RunningSite, running_site
from tests.polarisblog.rules import broken
from tests.prepared import MODERATOR

pytestmark = pytest.mark.slow

HOST = "blog.example"
ARTICLE = "/2011/01/11/polaris-project/"
BEHIND_TLS = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
FORM = {**BEHIND_TLS, "Origin": f"https://{HOST}", "Sec-Fetch-Site": "same-origin"}
AS_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PAGES = (
    *("/", ARTICLE, "/es/", "/search/?q=polaris", "/nowhere/", "/feed/", "/sitemap.xml"),
    *("/accounts/login/", "/accounts/2fa/", "/robots.txt", "/healthz", "/readyz", "/xmlrpc.php"),
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    folder = tmp_path_factory.mktemp("production")
    with running_site(
        folder, DEBUG="off", SITE_URL=f"https://{HOST}", TRUSTED_PROXY_COUNT="1", SANDBOX_URL=""
    ) as site:
        yield site


class Told:
    """An answer, its cookies one by one."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        pairs = [(name.lower(), value) for name, value in response.getheaders()]
        self.headers = dict(pairs)
        self.cookies = [value for name, value in pairs if name == "set-cookie"]
        self.text = response.read().decode(errors="replace")

    @property
    def faults(self) -> list[str]:
        return self.faults_of_desk(is_desk=False)

    def faults_of_desk(self, *, is_desk: bool = True) -> list[str]:
        found: list[str] = []
        for cookie in self.cookies or [""]:
            headers = {**self.headers, "set-cookie": cookie}
            found += broken(headers, is_https=True, is_desk=is_desk)
        return found


def ask(site: RunningSite, path: str, method: str = "GET", body: str = "", **more: str) -> Told:
    connection = http.client.HTTPConnection(site.url.removeprefix("http://"), timeout=30)
    base = {**FORM, **AS_FORM} if body else BEHIND_TLS
    headers = {**base, **{name.replace("_", "-"): value for name, value in more.items()}}
    connection.request(method, path, body or None, headers)
    try:
        return Told(connection.getresponse())
    finally:
        connection.close()


def test_every_page_is_locked_down_and_only_by_tls(site: RunningSite) -> None:
    for path in (*PAGES, ARTICLE):
        told = ask(site, path)
        assert (path, told.faults) == (path, [])
    assert ask(site, "/admin/").faults_of_desk() == []
    plain = ask(site, ARTICLE, X_Forwarded_Proto="http")
    assert (plain.status, plain.headers["location"]) == (301, f"https://{HOST}{ARTICLE}")


def test_what_comes_before_django_is_locked_down_too(site: RunningSite) -> None:
    large = ask(site, f"{ARTICLE}respond/", "POST", Content_Length="999999999")
    assert (large.status, large.faults) == (413, [])
    unclear = ask(site, "/", "POST", Content_Length="+1")
    assert unclear.status == 400
    foreign = ask(site, "/", Host="evil.example")
    assert (foreign.status, foreign.faults) == (400, [])
    assert "evil.example" not in foreign.text
    assert "location" not in foreign.headers


@pytest.mark.parametrize("path", ["/%ff%fe", "/%00", "/a%0d%0aSet-Cookie:%20x=y", "/" + "a" * 9000])
def test_addresses_that_are_none_get_an_answer_with_all_its_headers(
    site: RunningSite, path: str
) -> None:
    told = ask(site, path)
    assert told.status in (301, 400, 404)
    assert told.headers.get("location", "/a").startswith("/a")
    assert told.faults == []
    assert told.cookies == []


def test_cookies_belong_to_this_host_alone(site: RunningSite) -> None:
    written = ask(
        site,
        f"{ARTICLE}respond/",
        "POST",
        "comment=Words+of+a+guest&author=Ada&email=ada%40example.org",
    )
    assert written.status == 303, written.text
    form = ask(site, "/accounts/login/")
    names = {cookie.partition("=")[0] for cookie in written.cookies + form.cookies}
    assert names == {"__Host-guest", "__Host-csrf"}
    assert (written.faults, form.faults) == ([], [])


def test_a_session_belongs_to_this_host_alone(site: RunningSite) -> None:
    assert signed_in(site).startswith("__Host-session=")


def signed_in(site: RunningSite) -> str:
    """The session of the first administrator, as a Cookie header."""
    form = ask(site, "/accounts/login/")
    token = form.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    fields = {"csrfmiddlewaretoken": token, "login": MODERATOR["name"]}
    answer = ask(
        site,
        "/accounts/login/",
        "POST",
        urlencode({**fields, "password": MODERATOR["password"]}),
        Cookie=form.cookies[0].partition(";")[0],
        Referer=f"https://{HOST}/accounts/login/",
    )
    assert (answer.status, answer.faults) == (302, []), answer.text
    (session,) = (cookie for cookie in answer.cookies if "session" in cookie)
    return session.partition(";")[0]


def test_a_header_cannot_bring_another(site: RunningSite) -> None:
    """Whatever is reflected, a line break in it starts no header of its own."""
    for path in (
        "/accounts/login/?next=/%0d%0aSet-Cookie:%20x=y",
        "/search/?q=%0d%0aX-Evil:%201",
        "/?p=1%0d%0aX-Evil:%201",
        "/es/%0d%0aX-Evil:%201",
    ):
        told = ask(site, path)
        assert "x-evil" not in told.headers
        assert not [cookie for cookie in told.cookies if cookie.startswith("x=")]
        assert told.status < 500


def test_two_hosts_or_two_lengths_are_refused(site: RunningSite) -> None:
    host, _, port = site.url.removeprefix("http://").partition(":")
    for lines in (
        f"Host: {HOST}\r\nHost: evil.example\r\n",
        f"Host: {HOST}\r\nContent-Length: 3\r\nContent-Length: 4\r\n",
        f"Host: {HOST}@evil.example\r\n",
        "Host: evil.example/../\r\n",
    ):
        with socket.create_connection((host, int(port)), timeout=20) as line:
            line.sendall(f"POST / HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode())
            answer = line.recv(65536).decode(errors="replace")
        assert answer.split()[1] == "400", answer
        assert "evil.example" not in answer
