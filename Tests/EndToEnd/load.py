"""Many signed departures at once, with a record of what was acknowledged."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

import httpx

import senders


def strangers() -> Iterator[str]:
    while True:
        yield f"{senders.new_id()}@example.com"


class Load:
    """Threads that send distinct departures until told to stop; each acknowledgement is noted when it arrives.

    Nobody has the addresses, unless `people` says whose departures are told; each of them is told once.
    """

    def __init__(self, port: int, threads: int = 4, people: Iterable[str] | None = None):
        self.port = port
        self._people: Iterator[str] = iter(people) if people is not None else strangers()
        self._lock = threading.Lock()
        self.acknowledged: list[str] = []
        # The address of each, in the same order.
        self.told: list[str] = []
        self.refused: list[int] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def _send(self) -> None:
        with httpx.Client(trust_env=False, timeout=10) as client:
            while not self._stop.is_set():
                with self._lock:
                    email = next(self._people, None)
                if email is None:
                    return
                request = senders.departure(email)
                try:
                    url = f"http://127.0.0.1:{self.port}{request.path}"
                    answer = client.post(url, content=request.body, headers=request.headers)
                except httpx.TransportError:
                    # The daemon is gone: nothing was promised.
                    if self._stop.wait(0.01):
                        return
                    continue
                if answer.status_code == 202:
                    with self._lock:
                        self.acknowledged.append(answer.json()["delivery"])
                        self.told.append(email)
                else:
                    self.refused.append(answer.status_code)

    def stop(self) -> list[str]:
        self._stop.set()
        for thread in self._threads:
            thread.join(15)
            assert not thread.is_alive()
        return self.acknowledged
