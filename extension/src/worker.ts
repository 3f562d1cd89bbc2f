/** The extension's worker: listeners at top level, so that each of them can start it; nothing of value in memory. */
import { keepBadge } from "./agent/badge";
import { allow, allowed, decide, history, resume, waiting } from "./agent/consent";
import { current } from "./agent/journal";
import type { Answers, Ask } from "./agent/messages";
import { pair, unpair, whoIsSignedIn } from "./agent/pairing";
import { TURN_ALARM, keepAlarm, takeUpdate, wake } from "./agent/rounds";
import { sessionLook } from "./agent/session_look";
import * as settings from "./agent/settings";
import { offered, snapshot } from "./agent/snapshot";
import * as tab from "./agent/tab";

async function pause(paused: boolean): Promise<Answers["pause"]> {
  await settings.keep({ paused });
  void wake(true);
  return { ok: true, value: paused };
}

/** Does what was asked and lets a turn follow. */
async function thenWake<T>(done: Promise<T>): Promise<T> {
  const value = await done;
  void wake(true);
  return value;
}

function answer(question: Ask): Promise<Answers[Ask["type"]]> {
  switch (question.type) {
    case "snapshot":
      return snapshot();
    case "offered":
      return offered();
    case "who":
      return whoIsSignedIn();
    case "pair":
      return thenWake(pair(question.server, question.code));
    case "pause":
      return pause(question.paused);
    case "resume":
      return thenWake(resume());
    case "waiting":
      return waiting();
    case "decide":
      return thenWake(decide(question.task, question.approve));
    case "allowed":
      return allowed();
    case "allow":
      return thenWake(allow(question.wish));
    case "history":
      return history();
    case "unpair":
      return thenWake(unpair());
  }
}

chrome.runtime.onMessage.addListener((question: Ask, sender, reply) => {
  // Only the extension's own pages may ask; a script in LinkedIn's page may not.
  if (sender.id !== chrome.runtime.id || !sender.url?.startsWith(chrome.runtime.getURL(""))) return false;
  answer(question).then(reply, (error: unknown) => {
    reply({ ok: false, error: error instanceof Error ? error.message : String(error) });
  });
  return true;
});

chrome.alarms.onAlarm.addListener(({ name }) => {
  if (name === TURN_ALARM) void wake();
  if (name === tab.IDLE_ALARM) void closeIdleTab();
});

async function closeIdleTab(): Promise<void> {
  if ((await current()) === undefined) await tab.close();
  else void chrome.alarms.create(tab.IDLE_ALARM, { delayInMinutes: 1 });
}

chrome.tabs.onUpdated.addListener((id, change, updated) => {
  if (change.status === "complete" && updated.url !== undefined) void sessionLook(id, updated.url, wake);
});

chrome.runtime.onStartup.addListener(() => void wake());
chrome.runtime.onInstalled.addListener(() => void wake());
chrome.runtime.onUpdateAvailable.addListener(takeUpdate);

keepAlarm();
keepBadge();
void wake();
