/** The popup: the truth about this browser, one big Pause, and pairing where a server's page is in front. */
import { type Made, type Snapshot, ask } from "../agent/messages";
import { byId } from "../elements";
import { signedInSentence } from "../signed_in";
import { showTerms } from "../terms";
import { loadAsked, watchAsked } from "./asked";
import { watchHistory } from "./history";
import { type Offer, offerInFront } from "./offer";
import { moment, paragraph, person } from "./person";
import { watchRules } from "./rules";
import { sentenceFor, waitsForMember, wordOf } from "./sentences";

type State = "unpaired" | "paused" | "offline" | "update" | "tab" | "refused" | "working" | "waiting" | "ready";

const STATES: Readonly<Record<State, string>> = {
  unpaired: "Not connected",
  paused: "Paused",
  offline: "Server not reached",
  update: "Update needed",
  tab: "LinkedIn not reached",
  refused: "Not understood",
  working: "Working",
  waiting: "Waiting",
  ready: "Ready",
};

const area = (id: string): HTMLElement => byId(id, HTMLElement);
const problem = area("problem");

function stateOf(now: Snapshot): State {
  if (now.paired === null) return "unpaired";
  if (now.paused) return "paused";
  if (now.problem !== null) return now.problem.kind === "revoked" ? "offline" : now.problem.kind;
  if (now.working) return "working";
  return now.reason === null || now.reason === "nothing_due" ? "ready" : "waiting";
}

function reasonOf(now: Snapshot, state: State): string {
  if (state === "paused") return "Nothing is sent and nothing is read until you go on.";
  if (state === "offline") return `${new URL(now.paired?.server ?? "").host} does not answer. It is tried again by itself.`;
  if (state === "update" || state === "tab" || state === "refused") return now.problem?.message ?? "";
  return state === "working" ? "A task is being carried out." : sentenceFor(now.reason, now.endsBy);
}

function accountOf(now: Snapshot): string {
  if (now.account === undefined) return "not looked at yet";
  if (now.account === null) return "signed out";
  const mine = now.account.urn === now.paired?.account.urn;
  return mine ? now.account.name : `${now.account.name}, not ${now.paired?.account.name ?? "you"}`;
}

function row(entry: Made): HTMLLIElement {
  const who = document.createElement("div");
  who.append(person(entry.name, entry));
  if (entry.note !== null) who.append(paragraph(entry.note, "note"));
  const item = document.createElement("li");
  item.append(who, moment(entry.at));
  return item;
}

function show(now: Snapshot): void {
  const state = stateOf(now);
  const sign = area("state");
  sign.dataset["state"] = state;
  sign.textContent = STATES[state];
  area("status").hidden = now.paired === null;
  if (now.problem?.kind === "revoked" && now.paired === null) problem.textContent = now.problem.message;
  if (now.paired === null) return;
  area("unpaired").hidden = true;
  area("offer").hidden = true;
  area("reason").textContent = reasonOf(now, state);
  area("resume").hidden = !waitsForMember(now.reason, now.endsBy) || state === "paused";
  area("resume").textContent = wordOf(now.reason);
  area("pause").textContent = now.paused ? "Go on" : "Pause";
  area("pause").classList.toggle("main", now.paused);
  area("member").textContent = `${now.paired.member} · ${now.paired.team}`;
  byId("all-acts", HTMLAnchorElement).href = `${now.paired.server}/tasks`;
  area("server").textContent = new URL(now.paired.server).host;
  area("linkedin").textContent = accountOf(now);
  area("today").textContent = String(now.today);
  area("made").replaceChildren(...now.made.map(row));
  area("none-made").hidden = now.made.length > 0;
  area("version").textContent = `Version ${now.version}`;
}

async function refresh(): Promise<Snapshot> {
  const now = await ask({ type: "snapshot" });
  show(now);
  return now;
}

async function showOffer(offer: Offer): Promise<void> {
  const connect = byId("connect", HTMLButtonElement);
  const whose = offer.member === "" ? "" : ` as ${offer.member}${offer.team === "" ? "" : ` of ${offer.team}`}`;
  area("question").textContent = `Connect to ${new URL(offer.server).host}${whose}?`;
  area("unpaired").hidden = true;
  area("offer").hidden = false;
  showTerms(area("terms"));
  connect.addEventListener("click", () => void accept(offer, connect));
  const who = await ask({ type: "who" });
  area("signed-in").textContent = signedInSentence(who);
  area("signed-in").classList.toggle("problem", who.account === null);
  connect.disabled = who.account === null;
}

async function accept(offer: Offer, connect: HTMLButtonElement): Promise<void> {
  connect.disabled = true;
  problem.textContent = "";
  const done = await ask({ type: "pair", server: offer.server, code: offer.code });
  connect.disabled = false;
  if (!done.ok) {
    problem.textContent = done.error;
    return;
  }
  area("check").textContent = done.value.check;
  area("done").hidden = false;
  await refresh();
  watchAsked();
}

async function pause(): Promise<void> {
  const { paused } = await ask({ type: "snapshot" });
  await ask({ type: "pause", paused: !paused });
  await refresh();
}

async function resume(): Promise<void> {
  const done = await ask({ type: "resume" });
  problem.textContent = done.ok ? "" : done.error;
  await refresh();
}

async function unpair(): Promise<void> {
  await ask({ type: "unpair" });
  area("done").hidden = true;
  area("unpaired").hidden = false;
  await refresh();
}

async function begin(): Promise<void> {
  const now = await refresh();
  if (now.paired !== null) return watchAsked();
  area("unpaired").hidden = false;
  const offer = (await offerInFront()) ?? (await ask({ type: "offered" }));
  if (offer !== null) await showOffer({ member: "", team: "", ...offer });
}

area("pause").addEventListener("click", () => void pause());
area("resume").addEventListener("click", () => void resume());
area("unpair").addEventListener("click", () => void unpair());
chrome.storage.local.onChanged.addListener(({ journal }) => {
  void refresh();
  // A task has ended, perhaps the look at somebody who waits for a yes.
  if (journal !== undefined && journal.newValue === undefined) void loadAsked();
});
watchRules();
watchHistory();
void begin();
