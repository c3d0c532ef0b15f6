"""Whatever is typed, what is shown has the allowed elements and nothing that runs."""

import re
import time
from html.parser import HTMLParser

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from comments.models import Comment, DiscussionSettings
from posts.html import COMMENT_TAGS, comment_from_markdown
from tests.factories import CommentFactory, PostFactory

# Our own gathering: each way in that we know of, a few of each.
ATTACKS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:msgbox(1))",
    "[x](//evil.example)",
    "[x](/admin/logout/)",
    "[x](file:///etc/passwd)",
    '[x](https://a.example"onmouseover="alert(1))',
    "[x](https://a.example 'title\" onclick=alert(1)')",
    "<javascript:alert(1)>",
    '<https://a.example/" onclick=alert(1) x=">',
    "![x](https://evil.example/beacon.png)",
    '![x](x" onerror="alert(1))',
    "![[x](javascript:alert(1))](y)",
    "[a]: javascript:alert(1)\n\n[a]",
    "# heading\n\n<h1 id=comments>x</h1>",
    "<form action=//evil.example><input name=comment></form>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<style>*{display:none}</style>",
    "<div style='position:fixed;inset:0'>x</div>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "</p></div></article><script>alert(1)</script>",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "`</code><img src=x onerror=alert(1)>`",
    "> <details open ontoggle=alert(1)>",
    "<a id=act name=comment>clobber</a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202e<img src=x onerror=alert(1)>\u202c",
    "<x onclick=alert(1) contenteditable autofocus onfocus=alert(1)>",
    "www.a.example/<script>alert(1)</script>",
    "mailto:a@b.example?body=<script>",
    "<video><source onerror=alert(1)></video>",
    "<template><script>alert(1)</script></template>",
]
PIECES = ["\n\n", "> ", "- ", "`", "*", "](", "[", '"', "\\"]
SLOW = ["[" * 10_000, "![" * 10_000, "*a_ " * 10_000, "> " * 10_000, "`" * 20_000, "<" * 20_000]


class Elements(HTMLParser):
    """What stands in the markup, and everything that should not."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        if tag not in COMMENT_TAGS or set(named) - {"href", "rel"}:
            self.wrong.append(self.get_starttag_text() or tag)
        if tag == "a":
            href, rel = named.get("href") or "", named.get("rel") or ""
            if "href" in named and not re.match(r"(?i)(https?://|mailto:)", href):
                self.wrong.append(href)
            if not {"nofollow", "ugc"} <= set(rel.split()):
                self.wrong.append(f"rel={rel}")

    def handle_comment(self, data: str) -> None:
        self.wrong.append(data)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_leaves_more_than_the_allowed(attack: str) -> None:
    assert Elements(comment_from_markdown(attack)).wrong == []


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*ATTACKS, *PIECES]), max_size=6))
def test_no_mixture_of_attacks_does_either(parts: list[str]) -> None:
    assert Elements(comment_from_markdown("".join(parts))).wrong == []


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="<>&\"'`*_[]()!#-=/\\: \n\tahrefsconmjvipt:0;", max_size=80))
def test_no_random_markup_does_either(text: str) -> None:
    assert Elements(comment_from_markdown(text)).wrong == []


@pytest.mark.parametrize("text", SLOW)
def test_nothing_takes_long_to_read(text: str) -> None:
    start = time.process_time()

    comment_from_markdown(text)

    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ('1 < 2 & "so"', '<p>1 &lt; 2 &amp; "so"</p>'),
        ("*a* **b** ~~c~~ `d`", "<em>a</em> <strong>b</strong> <s>c</s> <code>d</code>"),
        ("> said\n\nanswer", "<blockquote>"),
        ("- one\n- two", "<ul>"),
        ("3. one", "<ol>"),
        ("one\ntwo", "one<br>"),
        ("see www.example.org", 'href="http://www.example.org"'),
        ("https://example.org", 'rel="nofollow ugc noopener"'),
        ("# no heading", "<p># no heading</p>"),
    ],
)
def test_the_small_markdown(typed: str, shown: str) -> None:
    assert shown in comment_from_markdown(typed)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_no_attack_runs_in_a_browser_even_without_the_policy(page: Page) -> None:
    """The page's own markup, loaded with no content security policy to save us."""
    DiscussionSettings.objects.create(threads_per_page=100)
    post = PostFactory(title="<script>alert(1)</script>")
    for attack in ATTACKS:
        CommentFactory(post=post, text=attack, name=attack, url="https://a.example/'\"><b>")
        CommentFactory(
            post=post, kind=Comment.Kind.PINGBACK, text=attack, name=attack, url="https://a.example"
        )
    markup = Client().get(post.get_absolute_url()).content.decode()
    told: list[str] = []
    page.on("dialog", lambda dialog: (told.append(dialog.message), dialog.dismiss()))
    page.route("**/*", lambda route: route.fulfill(status=204, body=""))

    page.set_content(re.sub(r"<script[^>]*></script>", "", markup), wait_until="load")
    page.evaluate(
        "for (const e of document.querySelectorAll('*')) e.dispatchEvent(new Event('mouseover'))"
    )
    page.wait_for_function("document.readyState === 'complete'")

    assert told == []
    # Our own description of the conversation is data, escaped as `test_metadata` holds it to.
    foreign = ":is(script:not([type='application/ld+json']), img, iframe, [style])"
    assert page.locator(f"#comments {foreign}").count() == 0
    assert page.locator("#comments article").count() == 2 * len(ATTACKS)
