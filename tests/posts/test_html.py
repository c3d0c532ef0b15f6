"""Whatever is written, only markup from the allow-list comes out."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posts import html
from tests.factories import PostFactory

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "[x](javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](https://spy.example/pixel.gif)",
    "<javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<form action=https://evil.example><input name=password></form>",
    "<p style='position:fixed;inset:0'>x</p>",
    "<p id=respond name=comment class=exit>x</p>",
    "<base href=https://evil.example>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<object data=x></object><embed src=x>",
    "<a href=x onmouseover=alert(1)>x</a>",
    "`<img src=x onerror=alert(1)>`",
    "```\n<script>alert(1)</script>\n```",
    "<!--><img src=x onerror=alert(1)>-->",
    "<a href='//evil.example'>x</a>",
    "\x00<scr\x00ipt>alert(1)</script>",
    "<" * 2000,
    "[" * 3000 + "](" * 3000,
    "*" * 5000 + "_" * 5000,
    "> " * 3000 + "deep",
    "`" * 4000 + "a" + "`" * 3999,
]


class Elements(HTMLParser):
    """Every element and attribute of a piece of HTML."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def assert_is_clean_comment(markup: str) -> None:
    for tag, attributes in Elements(markup).found:
        assert tag in html.COMMENT_TAGS
        assert set(attributes) <= ({"href", "rel"} if tag == "a" else set())
        if "href" in attributes:
            assert re.match(r"(https?://|mailto:)", attributes["href"] or "", re.IGNORECASE)
            assert attributes["rel"] == "nofollow ugc noopener"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_comments_come_out_harmless(text: str) -> None:
    assert_is_clean_comment(html.comment_from_markdown(text))
    assert_is_clean_comment(html.sanitise_comment(text))


@given(st.text(alphabet="<>/'\"=&;:ajsvcript onerlxyz()[]!*_`#\n\t-", max_size=200))
def test_random_text_comes_out_harmless(text: str) -> None:
    assert_is_clean_comment(html.comment_from_markdown(text))
    assert_is_clean_comment(html.sanitise_comment(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_posts_come_out_without_script(text: str) -> None:
    for tag, attributes in Elements(html.sanitise_post(text)).found:
        assert tag in html.POST_TAGS
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        assert not re.match(
            r"\s*(java|vb)script|data:", attributes.get("href") or "", re.IGNORECASE
        )


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("one *two* **three**", "<p>one <em>two</em> <strong>three</strong></p>"),
        ("line\nline", "<p>line<br>\nline</p>"),
        ("1 < 2 & 3", "<p>1 &lt; 2 &amp; 3</p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("> quote", "<blockquote>\n<p>quote</p>\n</blockquote>"),
        ("# no heading", "<p># no heading</p>"),
        (
            "see https://example.org/a?b=1&c=2",
            (
                '<p>see <a href="https://example.org/a?b=1&amp;c=2" rel="nofollow ugc noopener">'
                "https://example.org/a?b=1&amp;c=2</a></p>"
            ),
        ),
    ],
)
def test_what_readers_write_means_what_it_says(text: str, markup: str) -> None:
    assert html.comment_from_markdown(text).strip() == markup


def test_an_authors_links_keep_their_credit_and_may_be_relative() -> None:
    markup = html.post_from_markdown("[here](/2011/) and [there](https://example.org/)")

    assert markup.strip() == (
        '<p><a href="/2011/">here</a> and <a href="https://example.org/">there</a></p>'
    )


def test_an_excerpt_is_words_alone() -> None:
    text = "<h2>One</h2><p>two &amp; <b>three</b></p><p>four</p>"
    assert html.excerpt(text, 3) == "two & three…"
    assert html.excerpt('<p dir="rtl">one</p><pre>two</pre><p>three</p>') == "one three"


def test_markdown_is_set_as_a_printed_page_is() -> None:
    made = html.post_from_markdown('She said "no" -- it\'s done...[^1]\n\n[^1]: In 1999.\n')

    assert "She said “no” – it’s done…" in made
    assert '<a href="#fn1" id="fnref1">[1]</a>' in made
    assert '<li id="fn1">' in made
    assert '<a href="#fnref1">' in made
    assert html.post_from_markdown('`"as typed"`') == '<p><code>"as typed"</code></p>\n'


@pytest.mark.parametrize("name", ["comments", "fn1x", "fn", "main", "help", "fnref1 x"])
def test_ids_name_footnotes_and_nothing_else(name: str) -> None:
    assert "id=" not in html.sanitise_post(f'<a id="{name}" href="/x">x</a>')


def test_what_may_be_wider_than_a_phone_can_be_reached_by_keyboard() -> None:
    post = PostFactory.build(body="<pre>code</pre><p>words</p><table><tr><td>1</td></tr></table>")
    post.render()

    assert '<pre tabindex="0">code</pre><p>words</p>' in post.html
    assert '<table tabindex="0">' in post.html
    assert html.reachable(post.html) == post.html
    assert "tabindex" not in html.sanitise_post(post.html)
