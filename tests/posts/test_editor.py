"""What may be written is what is kept: the editor's list and the sanitiser's are one."""

import pytest

from posts import editor, html

WRITTEN = [
    "<p>Plain <strong>a</strong> <em>b</em> <s>c</s> <sub>d</sub> <sup>e</sup> <code>f</code></p>",
    "<h2>A</h2><h3>B</h3><h4>C</h4>",
    "<ul><li><p>One</p></li></ul>",
    '<ol start="3"><li><p>Three</p></li></ol>',
    "<blockquote><p>Said</p></blockquote>",
    "<pre><code>x = 1\ny = 2</code></pre>",
    "<p>a<br>b</p><hr>",
    '<p><a href="https://example.org/" title="There">there</a></p>',
    '<p><a href="tel:+18883737888">call</a> <a href="mailto:a@example.org">write</a></p>',
    '<figure><img src="/media/images/x.jpg" alt="A lamp"><figcaption>Ours</figcaption></figure>',
    '<table><tbody><tr><th colspan="2">H</th></tr><tr><td>1</td><td>2</td></tr></tbody></table>',
]


@pytest.mark.parametrize("written", WRITTEN)
def test_all_that_the_editor_writes_is_kept(written: str) -> None:
    assert html.sanitise_post(written) == written
    assert html.fits_editor(written)


def test_the_sanitiser_keeps_everything_on_the_editors_list() -> None:
    assert editor.TAGS <= html.POST_TAGS
    for tag, attributes in editor.ATTRIBUTES.items():
        assert attributes <= html.POST_ATTRIBUTES[tag]


def test_what_the_editor_adds_for_itself_is_not_kept() -> None:
    written = '<figure class="figure"><img src="/x.jpg" data-file="3"></figure>'
    assert html.sanitise_post(written) == '<figure><img src="/x.jpg"></figure>'


@pytest.mark.parametrize(
    "markup",
    [
        "<dl><dt>a</dt></dl>",
        '<p><abbr title="x">y</abbr></p>',
        "<table><caption>a</caption></table>",
    ],
)
def test_what_the_editor_cannot_show_is_known(markup: str) -> None:
    assert not html.fits_editor(markup)


@pytest.mark.parametrize(
    "evil",
    [
        '<iframe src="https://video.example/x"></iframe>',
        '<object data="x.swf"></object>',
        "<script>alert(1)</script>",
        '<img src="data:image/png;base64,AAAA" onerror="alert(1)">',
        '<p style="position:fixed">x</p>',
        '<a href="javascript:alert(1)">x</a>',
        '<picture><source srcset="https://spy.example/x"></picture>',
        "<style>p{}</style><form><input></form>",
    ],
)
def test_embeds_and_scripts_are_not_on_it(evil: str) -> None:
    kept = html.sanitise_post(evil)
    for word in ("iframe", "object", "script", "data:", "onerror", "style", "srcset", "form"):
        assert word not in kept
