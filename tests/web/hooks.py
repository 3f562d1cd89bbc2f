"""The webhooks of a team, as somebody with a key that may manage them sees them."""

from __future__ import annotations

from typing import Any

from curtsy.service import access
from curtsy.service.access import Scope
from tests.harness.agent import Reply
from tests.harness.receiver import Receiver, Told
from tests.harness.scene import Scene
from tests.harness.waiting import until

HOME = "/v1/webhook-endpoints"


class Hooks:
    """The webhooks of a team, by a key that may manage them."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.key = scene.server.run(access.create_key, scene.house.team_id, Scope.MANAGE).secret

    def post(self, path: str, body: dict[str, Any] | None = None) -> Reply:
        return self.scene.post(HOME + path, body or {}, self.key)

    def once(self, path: str, key: str, body: dict[str, Any] | None = None) -> Reply:
        """The same with an Idempotency-Key."""
        return self.other("POST", path, body or {}, **{"idempotency-key": key})

    def get(self, path: str = "", **params: str) -> Reply:
        return self.scene.get(HOME + path, self.key, **params)

    def other(self, method: str, path: str, body: dict[str, Any] | None = None, **headers: str) -> Reply:
        headers = {"x-api-key": self.key} | headers
        got = self.scene.calls.request(method, self.scene.url + HOME + path, json=body, headers=headers, timeout=20)
        return Reply(got.status_code, got.json(), {name.lower(): value for name, value in got.headers.items()})

    def make(self, url: str, **more: Any) -> dict[str, Any]:
        made = self.post("", {"url": url, **more})
        assert made.status == 200, made
        return dict(made.body["data"])

    def state(self, endpoint: dict[str, Any]) -> str:
        return str(self.get(f"/{endpoint['id']}").body["data"]["state"])

    def deliveries(self, endpoint: dict[str, Any]) -> list[dict[str, Any]]:
        return list(self.get(f"/{endpoint['id']}/deliveries").body["data"])

    def kept(self, endpoint: dict[str, Any], count: int) -> bool:
        """Whether so many tries were kept."""
        return len(self.deliveries(endpoint)) == count


def heard(receiver: Receiver, count: int) -> list[Told]:
    until(lambda: len(receiver.told) >= count, f"{count} calls")
    return receiver.told[:count]
