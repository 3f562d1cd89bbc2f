/** "The last 20 things done in your name", as the server holds them: from every browser of the member's, with what came of them. */
import { type Act, ask } from "../agent/messages";
import { byId } from "../elements";
import { moment, paragraph, person } from "./person";

/** What became of an invitation that was sent. */
const CAME_OF_IT: Readonly<Record<string, string>> = {
  pending: "Sent, waits for an answer",
  accepted: "Accepted",
  withdrawn: "Withdrawn",
  gone: "Gone without an answer",
};

/** Where a task stands that has sent nothing, as far as is known. */
const STANDS: Readonly<Record<string, string>> = {
  pending: "Not sent yet: it waits to be tried again",
  processing: "Being sent, or looked for",
  cancelled: "Cancelled",
  completed: "Sent",
};

/** Asks the server when the list is opened. */
export function watchHistory(): void {
  byId("past", HTMLDetailsElement).addEventListener("toggle", ({ currentTarget }) => {
    if (currentTarget instanceof HTMLDetailsElement && currentTarget.open) void load();
  });
}

async function load(): Promise<void> {
  const found = await ask({ type: "history" });
  byId("acts", HTMLUListElement).replaceChildren(...(found.ok ? found.value.map(row) : []));
  const none = "Nothing was done yet.";
  byId("no-acts", HTMLElement).textContent = found.ok ? (found.value.length === 0 ? none : "") : found.error;
}

function row(act: Act): HTMLLIElement {
  const who = document.createElement("div");
  who.append(person(act.name, act.profile), paragraph(outcome(act), "note"));
  const item = document.createElement("li");
  item.append(who, moment(Date.now() - act.started_ms_ago));
  return item;
}

function outcome({ kind, status, code, invitation }: Act): string {
  if (kind === "withdraw_connection_request") return status === "completed" ? "Taken back" : `Not taken back${because(code)}`;
  if (invitation !== null) return CAME_OF_IT[invitation] ?? invitation;
  if (status === "failed") return `Not sent${because(code)}`;
  return STANDS[status] ?? status;
}

function because(code: string | null): string {
  return code === null ? "" : `: ${code.replaceAll("_", " ")}`;
}
