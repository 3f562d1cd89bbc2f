// Invites two people, one with a note, and polls until both have been carried out.
const headers = { "content-type": "application/json", "x-api-key": "KEY" };

async function invite(body) {
  const made = await fetch("BASE/linkedin-agent/send-connection-request", {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  const { api_agent_task_id: id } = await made.json();
  for (;;) {
    const asked = await fetch(`BASE/linkedin-agent/get-task-status?api_agent_task_id=${id}`, { headers });
    const { data } = await asked.json();
    if (data.status !== "pending" && data.status !== "processing") return data;
    await new Promise((done) => setTimeout(done, 50));
  }
}

for (const body of [{ profile_urn: "ACoAAOurFetch1" }, { profile_urn: "our-fetch-two", note: "Hello from fetch" }]) {
  const { status, task_output: output } = await invite(body);
  console.log(JSON.stringify({ status, sent: output.sent }));
}
