"""What authors publish, and what the site says on every page."""

from posts.models.addresses import OldAddress
from posts.models.images import Image
from posts.models.posts import Page, Post
from posts.models.reading import RelatedPost, SearchEntry, SearchWord
from posts.models.revisions import Autosave, Revision
from posts.models.sites import HelpLine, Site
from posts.models.terms import Category, Tag

__all__ = [
    "Autosave",
    "Category",
    "HelpLine",
    "Image",
    "OldAddress",
    "Page",
    "Post",
    "RelatedPost",
    "Revision",
    "SearchEntry",
    "SearchWord",
    "Site",
    "Tag",
]
