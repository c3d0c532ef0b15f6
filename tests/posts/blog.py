"""A small blog with one of everything a reader meets, written by `manage.py` as an editor would."""

import os
import subprocess
import sys
from pathlib import Path

from tests.journeys.running import RunningSite
from tests.processes import ROOT

FILES = {
    "signs.md": """---
title: What to notice at a roadside motel
date: 2026-03-04
categories: Field notes
tags: hotels, signs
---
She never spoke to the desk clerk. The man did.

## In numbers

| Year | Calls |
|------|-------|
| 2010 | 11,000 |

> Nobody asked me a question that I could answer.

Whoever noticed could have called the hotline.
""",
    "year.md": """---
title: The first year after
date: 2026-06-20
categories: Field notes
tags: recovery, signs
content note: Describes violence in a few sentences.
---
Housing comes first. The hotline helped, day and night.
""",
    "page.md": """---
title: About us
kind: page
---
Who writes here, and why.
""",
}
PUBLISH = """
from django.core.management import call_command
from posts import dressing
from posts.models import Post
from posts.search import keeping
for path in {paths}:
    call_command("publish", path)
call_command("fill", "what-to-notice-at-a-roadside-motel", "7")
for post in Post.objects.published():
    keeping.put(post)
    dressing.dress(post.pk)
"""


def write_a_blog(site: RunningSite, folder: Path) -> None:
    """Publish FILES on the running `site`, with comments under the first."""
    paths = []
    for name, text in FILES.items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        paths.append(str(path))
    subprocess.run(
        [sys.executable, "manage.py", "shell", "--command", PUBLISH.format(paths=paths)],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "polarisblog.settings",
            **site.environment,
        },
        check=True,
        capture_output=True,
    )
