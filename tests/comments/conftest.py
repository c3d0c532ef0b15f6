"""Who sits at the desk, in tests about moderation."""

import pytest
from django.test import Client

from accounts.models import User
from tests.comments.desks import desk_of, one_of_the_team


@pytest.fixture
def tess(db: None) -> User:
    return one_of_the_team("Moderator", name="Tess")


@pytest.fixture
def desk(tess: User) -> Client:
    return desk_of(tess)
