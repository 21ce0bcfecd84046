"""What a team would write in an afternoon, with the same promise as ours: verified, and on disk before the answer.

FastAPI, standardwebhooks and SQLite; one commit for each delivery. Run by uvicorn, see `receivers.py`.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from starlette.concurrency import run_in_threadpool

webhook = Webhook(os.environ["SECRET"])
# Autocommit: each INSERT is a transaction, and its fsync is done when it returns. Threads may share the connection.
store = sqlite3.connect(os.environ["STORE"], isolation_level=None, timeout=30, check_same_thread=False)
store.execute("PRAGMA journal_mode=WAL")
store.execute("PRAGMA synchronous=FULL")
store.execute(
    "CREATE TABLE IF NOT EXISTS deliveries"
    " (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, received_at REAL NOT NULL, body BLOB NOT NULL)"
)
app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


def take(headers: Mapping[str, str], body: bytes) -> Response:
    try:
        webhook.verify(body, headers, json_parse=False)
    except WebhookVerificationError:
        return answer(401, {"error": "unauthorized"})
    # A delivery that is repeated changes no row.
    added = store.execute(
        "INSERT OR IGNORE INTO deliveries (id, received_at, body) VALUES (?, ?, ?)",
        (headers["webhook-id"], time.time(), body),
    )
    return answer(202, {"status": "accepted"}) if added.rowcount else answer(200, {"status": "duplicate"})


def answer(status: int, content: dict) -> Response:
    return Response(json.dumps(content), status_code=status, media_type="application/json")


@app.post("/hooks/hr")
async def hook(request: Request) -> Response:
    body = await request.body()
    # In threads the loop goes on while a commit waits for the disk, and each request pays for the way there and back.
    if os.environ["COMMITS"] == "threads":
        return await run_in_threadpool(take, request.headers, body)
    return take(request.headers, body)
