"""Several processes on one host: whoever changes something, all of them show it."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.journeys.running import RunningSite, running_site
from tests.prepared import MODERATOR
from tests.processes import manage, wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    folder = tmp_path_factory.mktemp("processes")
    with running_site(folder, DEBUG="off", STAFF_NEEDS_MFA="off", RATE_LIMITS="off") as found:
        yield found


def everywhere(url: str) -> set[str]:
    """What many connections get at once, whichever process takes each."""
    with ThreadPoolExecutor(8) as pool:
        # A connection each: one that is kept stays with its process.
        answers = [*pool.map(lambda _: requests.get(url, timeout=20), range(24))]
    assert {answer.status_code for answer in answers} == {200}
    return {answer.text for answer in answers}


def signed_in(site: RunningSite) -> requests.Session:
    session = requests.Session()
    login = f"{site.url}/accounts/login/"
    token = token_in(session.get(login, timeout=20).text)
    form = {"login": MODERATOR["name"], "password": MODERATOR["password"]}
    session.post(login, {**form, "csrfmiddlewaretoken": token}, headers={"referer": login})
    return session


def token_in(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found, page
    return found[1]


def count_in(page: str) -> int:
    """How many comments the heading says there are; it says "One" where there is one."""
    found = re.search(r"(\w+) thoughts? on", page)
    assert found, page
    return 1 if found[1] == "One" else int(found[1])


def test_a_command_and_the_desk_are_heard_by_every_process_at_once(site: RunningSite) -> None:
    wait_until(lambda: "etag" in requests.get(site.article_url, timeout=20).headers)
    before = count_in(requests.get(site.article_url, timeout=20).text)
    for more in range(1, 4):
        manage(site.environment, "fill", "polaris-project", "1")
        assert {count_in(page) for page in everywhere(site.article_url)} == {before + more}
    session = signed_in(site)
    queue = f"{site.url}/admin/comments/comment/?status=all"
    page = session.get(queue, timeout=20).text
    chosen = re.findall(
        r'name="_selected_action"[^>]*value="(\d+)"|value="(\d+)"[^>]*name="_selected_action"', page
    )
    assert chosen, page
    form = {"action": "trash", "_selected_action": max(map("".join, chosen), key=int)}
    answer = session.post(
        queue,
        {**form, "csrfmiddlewaretoken": token_in(page)},
        headers={"referer": queue},
        timeout=20,
    )
    assert answer.status_code == 200
    assert {count_in(page) for page in everywhere(site.article_url)} == {before + 2}


def test_the_desk_never_meets_a_kept_page(site: RunningSite) -> None:
    session = signed_in(site)
    page = session.get(site.article_url, timeout=20)
    assert page.headers["cache-control"] == "private, no-store"
    assert MODERATOR["name"] in page.text.lower() or "Log Out" in page.text
    for other in everywhere(site.article_url):
        assert "Log Out" not in other


def test_when_the_listening_process_dies_another_listens(site: RunningSite) -> None:
    wait_until(lambda: "etag" in requests.get(site.article_url, timeout=20).headers)
    site.running.kill("polaris: web server worker-1")
    wait_until(lambda: len(site.running.family("polaris: web server worker")) == 2)
    manage(site.environment, "fill", "polaris-project", "1")
    assert len({count_in(page) for page in everywhere(site.article_url)}) == 1
