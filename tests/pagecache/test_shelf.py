"""Where pages lie, and what happens when somebody else was there."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polarisblog.pagecache import hearing
from polarisblog.pagecache.shelf import place_of
from posts.models import Post
from tests.factories import CommentFactory
from tests.pagecache.door import Door


@given(st.text(max_size=30), st.text(max_size=60))
def test_no_host_and_no_path_leads_out_of_the_shelf(host: str, path: str) -> None:
    place = place_of(host, f"/{path}")
    if place:
        root = Path("/shelf/kept")
        assert root in (root / place).resolve().parents or (root / place).resolve() == root / host
        assert not any(part.startswith((".", "@")) for part in Path(place).parts[1:])


@pytest.mark.parametrize(
    "path", ["/../x/", "/a//b/", "/./a/", "/.a/", "/@page", "/a/@b/", f"/{'a' * 201}/", "/a\0b/"]
)
def test_a_path_that_is_no_plain_name_is_not_kept(path: str) -> None:
    assert place_of("testserver", path) == ""


def test_two_addresses_never_share_a_place() -> None:
    assert place_of("a", "/feed") != place_of("a", "/feed/")
    assert place_of("a", "/") == "a/"


# --- Damaged -------------------------------------------------------------------------


def test_a_page_killed_half_way_is_found_and_forgotten(door: Door, path: str) -> None:
    folder = hearing.shelf().kept / place_of("testserver", path)
    (folder / "@page").unlink()
    left = [file.name for file in folder.glob("@*")]
    assert left
    CommentFactory(post=Post.objects.get())
    assert not [*folder.glob("@*")]
    assert door.ask(path).status == 200


def test_nonsense_on_the_shelf_is_made_anew(door: Door, path: str) -> None:
    folder = hearing.shelf().kept / place_of("testserver", path)
    (folder / "@page").write_text("{")
    assert door.ask(path).status == 200
    assert door.is_kept(path)


def empty(folder: Path) -> None:
    for entry in [*folder.iterdir()]:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def test_a_shelf_that_somebody_emptied_fills_again(door: Door, path: str) -> None:
    empty(hearing.shelf().root)
    hearing.catch_up()
    assert not door.is_kept(path)
    assert door.is_kept(path)
    CommentFactory(post=Post.objects.get(), text="Newer words")
    assert "Newer words" in door.ask(path).text
    assert door.is_kept(path)


@pytest.mark.parametrize("with_the_folder", [True, False])
def test_a_page_whose_tags_somebody_took_is_not_shown_after_a_change(
    door: Door, path: str, *, with_the_folder: bool
) -> None:
    empty(hearing.shelf().tags)
    if with_the_folder:
        hearing.shelf().tags.rmdir()
    CommentFactory(post=Post.objects.get(), text="Newer words")
    assert "Newer words" in door.ask(path).text
    assert door.is_kept(path)


def test_what_a_process_left_that_died_while_forgetting_goes(door: Door, path: str) -> None:
    root = hearing.shelf().root
    (root / f"old-{os.getpid()}" / "kept" / "x").mkdir(parents=True)
    hearing.shelf().reset()
    assert not [*root.glob("old-*")]
    hearing.catch_up()
    door.ask(path)
    assert door.is_kept(path)


def test_a_full_shelf_is_no_failure(door: Door, path: str) -> None:
    folder = hearing.shelf().kept / place_of("testserver", "/safety/")
    folder.parent.mkdir(parents=True, exist_ok=True)
    Path(str(folder).rstrip("/")).write_text("a file where a folder should be")
    assert door.ask("/safety/").status == 200
    assert door.ask("/safety/").status == 200
