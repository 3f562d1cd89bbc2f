// What a member's own clicks do on the twin's pages: invite and withdraw, by the calls of the wire reference 2.3 and 6.2.
"use strict";

const API = "/voyager/api";
const INVITE =
  `${API}/voyagerRelationshipsDashMemberRelationships?action=verifyQuotaAndCreateV2` +
  "&decorationId=com.linkedin.voyager.dash.deco.relationships.InvitationCreationResultWithInvitee-2";

function post(path, body) {
  const token = /JSESSIONID="?([^";]+)/.exec(document.cookie)?.[1] ?? "";
  return fetch(path, {
    method: "POST",
    credentials: "include",
    headers: {
      accept: "application/vnd.linkedin.normalized+json+2.1",
      "content-type": "application/json; charset=UTF-8",
      "csrf-token": token,
      "x-restli-protocol-version": "2.0.0",
    },
    body: JSON.stringify(body),
  });
}

const form = document.querySelector("#invite");
if (form) {
  const note = document.querySelector("#custom-message");
  note.addEventListener("input", () => {
    document.querySelector("#used").textContent = String(note.value.length);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = { invitee: { inviteeUnion: { memberProfile: form.dataset.urn } } };
    if (note.value.trim()) body.customMessage = note.value.trim();
    const shown = document.querySelector("#answer");
    try {
      const answer = await post(INVITE, body);
      const told = await answer.json();
      if (answer.ok && told.data?.value?.invitationUrn) location.assign(form.dataset.back);
      else shown.textContent = `Not sent: ${answer.status} ${told.data?.code ?? ""}`;
    } catch {
      shown.textContent = "No readable answer came.";
    }
  });
}

for (const button of document.querySelectorAll("[data-withdraw]")) {
  button.addEventListener("click", async () => {
    await post(`${API}/relationships/invitations/${button.dataset.withdraw}?action=withdraw`, {});
    location.reload();
  });
}
