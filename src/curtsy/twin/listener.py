"""HTTP/1.1 on a loopback socket, with the liberties a twin needs: status 999, answers that never come."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress

import h11

from curtsy.twin.exchange import Answer, Request

REASONS = {
    200: b"OK",
    204: b"No Content",
    301: b"Moved Permanently",
    302: b"Found",
    303: b"See Other",
    400: b"Bad Request",
    401: b"Unauthorized",
    403: b"Forbidden",
    404: b"Not Found",
    409: b"Conflict",
    410: b"Gone",
    422: b"Unprocessable Entity",
    429: b"Too Many Requests",
    451: b"Unavailable For Legal Reasons",
    500: b"Internal Server Error",
    999: b"Request denied",
}
READ_SIZE = 65_536

Handler = Callable[[Request], Answer]


async def listen(handler: Handler, port: int, tls: ssl.SSLContext | None = None) -> asyncio.Server:
    """Start answering on 127.0.0.1; port 0 takes a free one."""
    talk = _Talk(handler, secure=tls is not None)
    return await asyncio.start_server(talk.with_client, "127.0.0.1", port, ssl=tls)


def port_of(server: asyncio.Server) -> int:
    """Return the port a listener got."""
    port: int = server.sockets[0].getsockname()[1]
    return port


class _Talk:
    """One listener's conversations."""

    def __init__(self, handler: Handler, *, secure: bool) -> None:
        self._handler = handler
        self._secure = secure

    async def with_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side has had enough."""
        http = h11.Connection(h11.SERVER)
        try:
            while True:
                request = await self._request(http, reader)
                if request is None:
                    break
                answer = self._handler(request)
                if answer.delay_ms:
                    await asyncio.sleep(answer.delay_ms / 1000)
                if answer.dropped:
                    writer.transport.abort()
                    return
                writer.write(_written(http, answer))
                await writer.drain()
                if http.our_state is h11.MUST_CLOSE:
                    break
                http.start_next_cycle()
        except (ConnectionError, h11.ProtocolError):
            pass
        except asyncio.CancelledError:
            # A cancelled talk is a twin that stops: asyncio's streams would print a traceback for it.
            writer.transport.abort()
        finally:
            await _closed(writer)

    async def _request(self, http: h11.Connection, reader: asyncio.StreamReader) -> Request | None:
        head: h11.Request | None = None
        body = b""
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(await reader.read(READ_SIZE))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
                return Request(head.method.decode(), head.target.decode("latin-1"), headers, body, self._secure)
            else:
                return None


async def _closed(writer: asyncio.StreamWriter) -> None:
    """Hang up; returns when the socket is closed, at once where the twin stops meanwhile."""
    writer.close()
    try:
        await writer.wait_closed()
    except OSError:
        pass
    except asyncio.CancelledError:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


def _written(http: h11.Connection, answer: Answer) -> bytes:
    headers = [(name, value) for name, value in answer.headers]
    if answer.content_type:
        headers.append(("content-type", answer.content_type))
    headers.append(("content-length", str(len(answer.body))))
    head = h11.Response(status_code=answer.status, headers=headers, reason=REASONS.get(answer.status, b""))
    return b"".join(http.send(event) or b"" for event in (head, h11.Data(data=answer.body), h11.EndOfMessage()))
