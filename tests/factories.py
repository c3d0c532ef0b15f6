"""Rows that say the least a test needs."""

import datetime

import factory
from django.utils import timezone

from accounts.models import User
from comments.models import Comment
from posts.models import Category, Post


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User

    username = factory.Sequence("reader{}".format)
    name = factory.Sequence("Reader {}".format)


class AdministratorFactory(UserFactory):
    name = "Moderator"
    is_staff = True
    is_superuser = True


class CategoryFactory(factory.django.DjangoModelFactory[Category]):
    class Meta:
        model = Category

    name = factory.Sequence("Category {}".format)
    slug = factory.Sequence("category-{}".format)


class PostFactory(factory.django.DjangoModelFactory[Post]):
    class Meta:
        model = Post

    title = factory.Sequence("Post {}".format)
    slug = factory.Sequence("post-{}".format)
    status = Post.Status.PUBLISHED
    published_at = factory.LazyFunction(lambda: timezone.now() - datetime.timedelta(days=3))
    body = "<p>Words of a post.</p>"


class CommentFactory(factory.django.DjangoModelFactory[Comment]):
    class Meta:
        model = Comment

    post = factory.SubFactory(PostFactory)
    name = "Ada"
    text = factory.Sequence("Thoughtful words, number {}".format)
    status = Comment.Status.APPROVED
