"""Who takes part in the intake: Curtsy on both databases, Curtsy without storing, and the peers."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copy, which

import httpx

from bench import installed, ours
from bench.ours import answering_unstored, furnish, serving
from bench.pinned import SERVER_CORE, NotMeasured, free_port, running, wait_for
from bench.postgres import Postgres
from bench.redis import count, redis
from setup import node

PATH = "/invitations"


@dataclass(frozen=True, slots=True)
class Running:
    """A contestant that listens; ``stored`` counts what it holds durably, None where nothing is kept."""

    pid: int
    url: str
    key: str
    stored: Callable[[], int] | None

    def greet(self) -> None:
        """One invitation by hand, which must be answered 200 and with success; raises NotMeasured."""
        body = {"profile_urn": "urn:li:fsd_profile:ACoAAGreeting", "note": "Hello, I liked your talk."}
        answer = httpx.post(self.url, json=body, headers={"x-api-key": self.key}, trust_env=False)
        if answer.status_code != 200 or answer.json()["success"] is not True:
            raise NotMeasured(f"{self.url} answered {answer.status_code}: {answer.text}")
        stranger = httpx.post(self.url, json=body, headers={"x-api-key": "nobody"}, trust_env=False)
        if stranger.status_code != 401:
            raise NotMeasured(f"{self.url} answered {stranger.status_code} to an unknown key")


Contestant = Callable[[Path, Postgres], Iterator[Running]]


def sqlite(folder: Path, _: Postgres) -> Iterator[Running]:
    """Curtsy on SQLite."""
    address = f"sqlite:{folder / 'curtsy.db'}"
    home = furnish(address)
    with serving(address, folder) as server:
        yield Running(server.pid, server.url + ours.INVITE, home.key, lambda: ours.tasks(address))


def postgresql(folder: Path, postgres: Postgres) -> Iterator[Running]:
    """Curtsy on PostgreSQL."""
    with _database(postgres) as (name, address):
        home = furnish(address)
        with serving(address, folder) as server:
            yield Running(server.pid, server.url + ours.INVITE, home.key, lambda: postgres.count(name, "tasks"))


def no_storage(folder: Path, _: Postgres) -> Iterator[Running]:
    """Curtsy with the storing left out."""
    path = folder / "curtsy.db"
    home = furnish(f"sqlite:{path}")
    with answering_unstored(path, folder) as server:
        yield Running(server.pid, server.url + ours.INVITE, home.key, None)


def bullmq(folder: Path, _: Postgres) -> Iterator[Running]:
    """fastify + BullMQ."""
    with redis(folder) as port, _node("fastify_bullmq.js", folder, {"REDIS_PORT": str(port)}) as (pid, url, key):
        yield Running(pid, url, key, lambda: count(port, "LLEN", "bull:invitations:wait"))


def plain_insert(folder: Path, postgres: Postgres) -> Iterator[Running]:
    """fastify + one plain INSERT a request."""
    with (
        _database(postgres) as (name, address),
        _node("fastify_insert.js", folder, {"DATABASE_URL": address}) as (pid, url, key),
    ):
        yield Running(pid, url, key, lambda: postgres.count(name, "invitations"))


def arq(folder: Path, _: Postgres) -> Iterator[Running]:
    """FastAPI + arq."""
    with redis(folder) as port, _python("fastapi_arq", folder, {"REDIS_PORT": str(port)}) as (pid, url, key):
        yield Running(pid, url, key, lambda: count(port, "ZCARD", "arq:queue"))


def dramatiq(folder: Path, _: Postgres) -> Iterator[Running]:
    """FastAPI + Dramatiq."""
    with redis(folder) as port, _python("fastapi_dramatiq", folder, {"REDIS_PORT": str(port)}) as (pid, url, key):
        yield Running(pid, url, key, lambda: count(port, "LLEN", "dramatiq:default"))


def rq(folder: Path, _: Postgres) -> Iterator[Running]:
    """FastAPI + RQ."""
    with redis(folder) as port, _python("fastapi_rq", folder, {"REDIS_PORT": str(port)}) as (pid, url, key):
        yield Running(pid, url, key, lambda: count(port, "LLEN", "rq:queue:default"))


def celery(folder: Path, _: Postgres) -> Iterator[Running]:
    """FastAPI + Celery."""
    with redis(folder) as port, _python("fastapi_celery", folder, {"REDIS_PORT": str(port)}) as (pid, url, key):
        yield Running(pid, url, key, lambda: count(port, "LLEN", "celery"))


def procrastinate(folder: Path, postgres: Postgres) -> Iterator[Running]:
    """FastAPI + Procrastinate."""
    with (
        _database(postgres) as (name, address),
        _python("fastapi_procrastinate", folder, {"DATABASE_URL": address}) as (pid, url, key),
    ):
        yield Running(pid, url, key, lambda: postgres.count(name, "procrastinate_jobs"))


def dbos(folder: Path, postgres: Postgres) -> Iterator[Running]:
    """FastAPI + DBOS."""
    with (
        _database(postgres) as (name, address),
        _python("fastapi_dbos", folder, {"DATABASE_URL": address}) as (pid, url, key),
    ):
        yield Running(pid, url, key, lambda: postgres.count(name, "dbos.workflow_status"))


OURS: Mapping[str, Contestant] = {"sqlite": sqlite, "postgresql": postgresql, "no_storage": no_storage}
PYTHON_PEERS: Mapping[str, Contestant] = {
    "arq": arq, "dramatiq": dramatiq, "rq": rq, "celery": celery, "procrastinate": procrastinate, "dbos": dbos,
}  # fmt: skip
PEERS: Mapping[str, Contestant] = {"bullmq": bullmq, "plain_insert": plain_insert, **PYTHON_PEERS}


@contextmanager
def _database(postgres: Postgres) -> Iterator[tuple[str, str]]:
    """A new database for one turn; gives its name and its address."""
    name = f"turn_{secrets.token_hex(4)}"
    yield name, postgres.make(name)
    postgres.drop(name)


@contextmanager
def _python(module: str, folder: Path, env: Mapping[str, str]) -> Iterator[tuple[int, str, str]]:
    """A FastAPI peer under uvicorn, one process; gives its process id, its address and its key."""
    port, key, log = free_port(), secrets.token_hex(20), folder / f"{module}.log"
    command = [
        *(str(installed.PYTHON), "-m", "uvicorn", f"bench.peers.{module}:app", "--port", str(port)),
        *("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"),
    ]
    with running(command, core=SERVER_CORE, log=log, env={**env, "API_KEY": key}) as process:
        wait_for(process, port, log)
        yield process.pid, f"http://127.0.0.1:{port}{PATH}", key


@contextmanager
def _node(script: str, folder: Path, env: Mapping[str, str]) -> Iterator[tuple[int, str, str]]:
    """A fastify peer, one process; gives its process id, its address and its key."""
    port, key, log = free_port(), secrets.token_hex(20), folder / f"{script}.log"
    # Beside the packages, where Node.js looks for them.
    for source in installed.PEERS.glob("*.js"):
        copy(source, installed.NODE)
    program = which("node", path=node.path())
    assert program is not None  # the setup found or installed it
    command = [program, str(installed.NODE / script)]
    given = {**env, "API_KEY": key, "PORT": str(port), "NODE_ENV": "production"}
    with running(command, core=SERVER_CORE, log=log, env=given) as process:
        wait_for(process, port, log)
        yield process.pid, f"http://127.0.0.1:{port}{PATH}", key
