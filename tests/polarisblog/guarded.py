"""The guard with small limits, before an application that tells how much it was given."""

from polarisblog.network.bodies import BodyLimits, Receive, Scope, Send

MAX_BYTES = 64 * 1024
MAX_ADMIN_BYTES = 4 * MAX_BYTES
DEADLINE_SECONDS = 1


async def tell_size(scope: Scope, receive: Receive, send: Send) -> None:
    size = 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        size += len(event.get("body", b""))
        if not event.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": f"read {size}".encode()})


application = BodyLimits(
    tell_size,
    max_bytes=MAX_BYTES,
    max_bytes_below={"/admin/": MAX_ADMIN_BYTES},
    deadline_seconds=DEADLINE_SECONDS,
)
