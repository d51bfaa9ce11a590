"""A complete `ringway.v1` client in Python: resumes, sends again, obeys the close codes.

    python3 examples/client.py ws://127.0.0.1:8080/ws alice

Prints each event and reply as one line of JSON, sends each line of JSON from the standard input as
a message. Needs the package `websockets`. docs/writing-a-client.md explains it step by step.
"""

import asyncio
import json
import random
import sys
import threading
from urllib.parse import urlencode

import websockets

broken = (OSError, asyncio.TimeoutError, websockets.WebSocketException)


class Client:
    def __init__(self, address, user):
        self.address = address
        self.user = user
        self.session = None  # named by the gateway at the first welcome
        self.epoch = None  # the log in which the position counts
        self.next = 0  # offset of the next record that is wanted
        self.sent = 0  # id of the newest message
        self.unanswered = {}  # id → frame, in order; sent again after a reconnect
        self.written = 0  # id of the last message written to the present socket
        self.socket = None  # set from the welcome to the close
        self.writing = asyncio.Lock()

    def url(self):
        query = {"user": self.user}
        if self.session is not None:
            query["resume"] = f"{self.epoch}.{self.next}"
            query["session"] = self.session
        return f"{self.address}?{urlencode(query)}"

    async def run(self):
        """Returns only when the gateway says not to come back."""
        attempt = 0
        while True:
            try:
                async with websockets.connect(
                    self.url(), subprotocols=["ringway.v1"], max_size=None
                ) as socket:
                    attempt = 0
                    why = await self.listen(socket)
                    may_return = is_retryable_close(why)
            except broken as error:
                why = status_of(error)
                may_return = why is None or why >= 500 or why in (408, 429)
            self.socket = None
            print(f"-- closed: {why}", file=sys.stderr)
            if not may_return:
                return
            await asyncio.sleep(random.uniform(0.5, 1) * min(3, 0.1 * 2**attempt))
            attempt += 1

    async def listen(self, socket):
        """Hears everything; returns the close code."""
        try:
            async for text in socket:
                await self.hear(socket, text)
        except websockets.ConnectionClosed:
            pass
        return socket.close_code

    async def hear(self, socket, text):
        frames = json.loads(text)
        # An array is one record: its parts share one offset.
        for frame in frames if isinstance(frames, list) else [frames]:
            if frame["op"] == "welcome":
                await self.welcome(socket, frame)
            elif frame["op"] == "accepted":
                self.unanswered.pop(frame["id"], None)
            elif frame["op"] in ("event", "reply"):
                print(json.dumps(frame), flush=True)
                # Without an offset it is volatile and never replayed.
                if "offset" in frame:
                    self.next = frame["offset"] + 1

    async def welcome(self, socket, frame):
        self.session = frame["session"]
        self.epoch = frame["epoch"]
        self.next = frame["offset"]
        if not frame["recovered"]:
            print(f"-- something may be missing: {frame['reason']}", file=sys.stderr)
        # A second welcome on an open socket tells of a loss; what was written stays written.
        if self.socket is not socket:
            self.socket = socket
            self.written = 0
        await self.write()

    async def send(self, data):
        self.sent += 1
        self.unanswered[self.sent] = json.dumps({"op": "message", "id": self.sent, "data": data})
        await self.write()

    async def write(self):
        """Writes what this socket has not seen yet, one at a time: ids must not change places."""
        async with self.writing:
            while self.socket is not None:
                waiting = [id for id in self.unanswered if id > self.written]
                if not waiting:
                    return
                self.written = waiting[0]
                try:
                    await self.socket.send(self.unanswered[waiting[0]])
                except websockets.ConnectionClosed:
                    return  # sent again after the next welcome


def is_retryable_close(code):
    """4000–4499 come back, 4500–4999 do not; 1002 to 1009 are this client's own fault."""
    return not (4500 <= code <= 4999 or code in (1002, 1003, 1007, 1008, 1009))


def status_of(error):
    """The HTTP status of a refused handshake; None when there was no answer."""
    answer = getattr(error, "response", error)
    return getattr(answer, "status_code", None)


def read_lines(client, loop):
    for line in sys.stdin:
        asyncio.run_coroutine_threadsafe(client.send(json.loads(line)), loop).result()


async def main(address, user):
    client = Client(address, user)
    loop = asyncio.get_running_loop()
    threading.Thread(target=read_lines, args=(client, loop), daemon=True).start()
    await client.run()


if __name__ == "__main__":
    try:
        asyncio.run(main(*sys.argv[1:3]))
    except KeyboardInterrupt:
        pass
