"""Invites two people, one with a note, and polls until both have been carried out."""

import json
import sys
import time

import requests

HEADERS = {"x-api-key": "KEY"}


def invite(body: dict[str, str]) -> dict[str, object]:
    """Make the task and wait for its end."""
    made = requests.post("BASE/linkedin-agent/send-connection-request", json=body, headers=HEADERS, timeout=20).json()
    while True:
        asked = {"api_agent_task_id": made["api_agent_task_id"]}
        data: dict[str, object] = requests.get(
            "BASE/linkedin-agent/get-task-status", params=asked, headers=HEADERS, timeout=20
        ).json()["data"]
        if data["status"] not in {"pending", "processing"}:
            return data
        time.sleep(0.05)


for asked in ({"profile_urn": "ACoAAOurRequests1"}, {"profile_urn": "our-requests-two", "note": "Hello from requests"}):
    done = invite(asked)
    output = done["task_output"]
    assert isinstance(output, dict)
    sys.stdout.write(json.dumps({"status": done["status"], "sent": output["sent"]}) + "\n")
