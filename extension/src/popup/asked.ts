/** "Waiting for your yes": the next invitations, whom they are for, and two buttons each. */
import { type Asked, type Waiting, ask } from "../agent/messages";
import { byId } from "../elements";
import { called, paragraph, person } from "./person";

const SHOWN = 3;
const AGAIN_MS = 5_000;

const section = byId("asked", HTMLElement);
const list = byId("waiting", HTMLUListElement);
const more = byId("more", HTMLElement);
const said = byId("answered", HTMLElement);
let shown = "";
let timer: ReturnType<typeof setInterval> | undefined;

/** Asks the server what waits, now and for as long as the popup is open; LinkedIn is not asked. */
export function watchAsked(): void {
  clearInterval(timer);
  timer = setInterval(() => void loadAsked(), AGAIN_MS);
  void loadAsked();
}

/** Asks once. What cannot be asked stays as it is: the popup says already that the server is away. */
export async function loadAsked(): Promise<void> {
  const found = await ask({ type: "waiting" });
  if (found.ok) show(found.value);
}

function show({ data, waiting }: Waiting): void {
  // A list that is the same is left alone, so that whoever is about to press a button finds it where it was.
  const now = JSON.stringify([waiting, data.map(({ task_id, name, headline }) => [task_id, name, headline])]);
  if (now === shown) return;
  shown = now;
  const held = document.activeElement?.closest("li")?.dataset["task"];
  const verdict = document.activeElement?.getAttribute("data-verdict");
  list.replaceChildren(...data.slice(0, SHOWN).map(card));
  if (held !== undefined) cardOf(held)?.querySelector<HTMLElement>(`[data-verdict="${verdict ?? ""}"]`)?.focus();
  const rest = waiting - Math.min(data.length, SHOWN);
  more.textContent = rest > 0 ? `${rest >= 997 ? "Many" : rest} more after ${data.length > 1 ? "these" : "this one"}.` : "";
  section.hidden = waiting === 0 && said.textContent === "";
  byId("asked-title", HTMLElement).textContent = waiting === 0 ? "Nothing waits for your yes" : "Waiting for your yes";
}

function cardOf(task: string): HTMLElement | null {
  return list.querySelector<HTMLElement>(`li[data-task="${CSS.escape(task)}"]`);
}

function card(one: Asked): HTMLLIElement {
  const item = document.createElement("li");
  item.dataset["task"] = one.task_id;
  item.tabIndex = -1;
  const name = document.createElement("h3");
  name.append(person(one.name, one.profile));
  item.append(name, paragraph(one.headline ?? (one.name === null ? "Their name is not known yet." : ""), "quiet headline"));
  item.append(one.note === null ? paragraph("Without a note.", "quiet headline") : paragraph(one.note, "words"));
  const answers = document.createElement("div");
  answers.className = "answers";
  answers.append(button(one, true), button(one, false));
  item.append(answers);
  return item;
}

function button(one: Asked, approve: boolean): HTMLButtonElement {
  const element = document.createElement("button");
  const whom = called(one.name, one.profile);
  element.type = "button";
  element.className = approve ? "main" : "";
  element.dataset["verdict"] = approve ? "yes" : "no";
  element.textContent = approve ? "Yes" : "No";
  element.setAttribute("aria-label", approve ? `Yes, invite ${whom}` : `No, do not invite ${whom}`);
  element.addEventListener("click", () => void decide(one, approve));
  return element;
}

async function decide(one: Asked, approve: boolean): Promise<void> {
  const item = cardOf(one.task_id);
  item?.querySelectorAll("button").forEach((each) => (each.disabled = true));
  const done = await ask({ type: "decide", task: one.task_id, approve });
  const whom = called(one.name, one.profile);
  const yes = `${whom}: yes. It is sent at your pace.`;
  said.textContent = !done.ok ? done.error : approve ? yes : `${whom}: no. Nothing is sent.`;
  const place = item === null ? 0 : [...list.children].indexOf(item);
  shown = "";
  await loadAsked();
  item?.querySelectorAll("button").forEach((each) => (each.disabled = false));
  // On to the next card, not to its button: a key pressed twice must not say yes twice.
  const next = list.children[Math.min(place, list.children.length - 1)];
  (next instanceof HTMLElement ? next : said).focus();
}
