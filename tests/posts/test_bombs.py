"""Pictures made to exhaust the server: what they take of its memory, in a process of their own."""

import json
import subprocess
import sys

import pytest

from tests.processes import ROOT

MOST_MEGABYTES = 150
SECONDS = 120
MEASURE = """
import io, json, resource, struct, sys, zlib
import django
django.setup()
from django.core.exceptions import ValidationError
from PIL import Image
from posts import uploading

def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

def png(width, height, *more, rows=None):
    packer = zlib.compressobj(9)
    line = bytes(1 + 3 * width)
    data = b"".join(packer.compress(line) for _ in range(rows or height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *more, chunk(b"IDAT", data), chunk(b"IEND", b"")]
    return b"\\x89PNG\\r\\n\\x1a\\n" + b"".join(parts)

def packed(megabytes):
    packer = zlib.compressobj(9)
    piece = bytes(1024 * 1024)
    return b"".join(packer.compress(piece) for _ in range(megabytes)) + packer.flush()

def film(frames):
    buffer = io.BytesIO()
    pictures = [Image.new("P", (1000, 1000), number % 250) for number in range(frames)]
    pictures[0].save(buffer, "GIF", save_all=True, append_images=pictures[1:])
    return buffer.getvalue()

def jpeg(width, height):
    buffer = io.BytesIO()
    Image.new("L", (width, height)).save(buffer, "JPEG")
    data = bytearray(buffer.getvalue())
    start = data.index(b"\\xff\\xc0")
    data[start + 5 : start + 9] = struct.pack(">HH", 60000, 60000)
    return bytes(data)

BOMBS = {
    "13 000 x 13 000": lambda: png(13000, 13000, rows=200),
    "65 000 x 20 000": lambda: png(65000, 20000, rows=20),
    "200 MB of text": lambda: png(9, 9, chunk(b"zTXt", b"Comment\\0\\0" + packed(200))),
    "200 MB of profile": lambda: png(9, 9, chunk(b"iCCP", b"icc\\0\\0" + packed(200))),
    "200 MB of words": lambda: png(9, 9, chunk(b"iTXt", b"a\\0\\1\\0\\0\\0" + packed(200))),
    "200 MB behind 9 pixels": lambda: png(9, 9, chunk(b"IDAT", packed(200))),
    "a film": lambda: film(60),
    "a header that lies": lambda: jpeg(16, 16),
}
made = BOMBS[sys.argv[1]]()
data = io.BytesIO(made)
uploading.cleaned(io.BytesIO(png(9, 9)), 1)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    uploading.cleaned(data, len(made))
    said = "taken"
except ValidationError as refusal:
    said = refusal.messages[0]
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"said": said, "megabytes": (after - before) / 1024, "bytes": len(made)}))
"""
BOMBS = [
    *("13 000 x 13 000", "65 000 x 20 000", "200 MB of text", "200 MB of profile"),
    *("200 MB of words", "200 MB behind 9 pixels", "a film", "a header that lies"),
]


@pytest.mark.slow
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_takes_little_memory_and_little_time(bomb: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, bomb],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-500:]
    told = json.loads(run.stdout)
    print(bomb, told)
    assert told["bytes"] < 10 * 1024 * 1024, "it must not be refused for its bytes alone"
    assert told["megabytes"] < MOST_MEGABYTES, told
