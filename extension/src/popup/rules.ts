/** "What I allow": whether the member is asked first, and a pace of their own below the team's. */
import { type Allowed, type Done, ask } from "../agent/messages";
import { byId } from "../elements";
import { loadAsked } from "./asked";

const form = byId("rules", HTMLFormElement);
const first = byId("ask-first", HTMLInputElement);
const day = byId("own-day", HTMLInputElement);
const week = byId("own-week", HTMLInputElement);
const kept = byId("kept", HTMLElement);
const fields = byId("rules-fields", HTMLFieldSetElement);

/** Reads the rules when they are opened, and keeps them when the member says so. */
export function watchRules(): void {
  byId("allowing", HTMLDetailsElement).addEventListener("toggle", ({ currentTarget }) => {
    if (currentTarget instanceof HTMLDetailsElement && currentTarget.open) void load();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void keep();
  });
}

async function load(): Promise<void> {
  kept.textContent = "";
  show(await ask({ type: "allowed" }), "");
}

async function keep(): Promise<void> {
  fields.disabled = true;
  const wish = { approve_first: first.checked, day: number(day), week: number(week) };
  show(await ask({ type: "allow", wish }), "Kept. It holds from now on.");
  await loadAsked();
}

function number(field: HTMLInputElement): number | null {
  return field.value === "" ? null : field.valueAsNumber;
}

function show(found: Done<Allowed>, sentence: string): void {
  kept.textContent = found.ok ? sentence : found.error;
  kept.classList.toggle("problem", !found.ok);
  // What could not be read cannot be changed either; what could not be kept can be tried again.
  fields.disabled = !found.ok && day.placeholder === "";
  if (!found.ok) return;
  const { approve_first, team } = found.value;
  first.checked = approve_first;
  day.value = String(found.value.day ?? "");
  week.value = String(found.value.week ?? "");
  day.placeholder = String(team.day);
  week.placeholder = String(team.week);
  byId("team-pace", HTMLElement).textContent = `Your team's pace is ${team.day} a day and ${team.week} a week. The lower one holds; left empty, the team's.`;
}
