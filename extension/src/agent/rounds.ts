/** When a turn is taken: on a ring, on the alarm, after a rest; never two at a time. */
import { hang, takeDown } from "./bell";
import { current } from "./journal";
import { turn } from "./loop";
import * as settings from "./settings";
import * as tab from "./tab";

/** The alarm that wakes a worker that was put to sleep, and asks for work where a bell cannot hang. */
export const TURN_ALARM = "turn";
const TURN_ALARM_MINUTES = 0.5;
const LONGEST_TIMER_MS = 300_000;

let turning: Promise<void> | null = null;
let rung = false;
let deafUntil = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let updateWaits = false;

/** Takes turns until there is a rest; a ring meanwhile adds one. `insist` goes through a rest that a server asked for. */
export function wake(insist = false): Promise<void> {
  if (insist) deafUntil = 0;
  if (turning !== null) rung = true;
  else if (Date.now() >= deafUntil) {
    turning = rounds().finally(() => {
      turning = null;
      if (rung) void wake();
    });
  }
  return turning ?? Promise.resolve();
}

async function rounds(): Promise<void> {
  clearTimeout(timer);
  for (;;) {
    rung = false;
    // Before each turn: the member may have paired anew while the last one ran.
    await keepBell();
    await settings.dropOld();
    const rest = await turn();
    if (rest.deaf) deafUntil = Date.now() + rest.ms;
    if (updateWaits && (await current()) === undefined) return restart();
    if (rest.ms > 0 && (rest.deaf || !rung)) {
      rung = false;
      // The timer is the end of the rest: a clock a moment behind it must not make it deaf.
      timer = setTimeout(() => void wake(true), Math.min(rest.ms, LONGEST_TIMER_MS));
      return;
    }
  }
}

/** Hangs the bell while there is a pairing, and takes it down when there is none. */
async function keepBell(): Promise<void> {
  const pairing = await settings.pairing();
  if (pairing === undefined) takeDown();
  else hang(pairing, await settings.bootId(), () => void wake());
}

/** Keeps the alarm; it is made again at each start, as unpacked extensions lose theirs. */
export function keepAlarm(): void {
  void chrome.alarms.create(TURN_ALARM, { periodInMinutes: TURN_ALARM_MINUTES });
}

/** A new version waits: it is taken as soon as no attempt is in hand. */
export function takeUpdate(): void {
  updateWaits = true;
  void wake(true);
}

async function restart(): Promise<void> {
  takeDown();
  await tab.close();
  chrome.runtime.reload();
}
