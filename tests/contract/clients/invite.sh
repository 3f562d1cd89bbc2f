# Invites one person, then the same person with a note, then asks how the task stands.
curl -sS -X POST "BASE/linkedin-agent/send-connection-request" \
  -H "Content-Type: application/json" -H "x-api-key: KEY" \
  -d '{"profile_urn": "urn:li:fsd_profile:ACoAAOurCurl1"}'
curl -sS -X POST "BASE/linkedin-agent/send-connection-request" \
  -H "Content-Type: application/json" -H "Authorization: Bearer KEY" \
  -d '{"profile_urn": "ACoAAOurCurl1", "note": "Hello from a shell"}'
curl -sS "BASE/linkedin-agent/get-task-status?api_agent_task_id=TASK" -H "x-api-key: KEY"
