/** The bell: a WebSocket that says "ask now" and carries nothing; losing a ring costs seconds, never a task. */
import type { Pairing } from "./settings";

/** Under 30 s: traffic on a WebSocket is what keeps a worker alive in Chromium. */
const ALIVE_MS = 20_000;
const REOPEN_MS = { least: 1_000, spread: 2_000 };

interface Hung {
  socket: WebSocket;
  token: string;
}

let hung: Hung | null = null;
/** A token that the server would not have; with it no bell is hung again. */
let refusedToken: string | null = null;
let reopening: ReturnType<typeof setTimeout> | undefined;

/** Hangs the bell, unless it hangs already; `ring` is called for each ring and when the server hangs up for good. */
export function hang(pairing: Pairing, bootId: string, ring: () => void): void {
  if (pairing.token === refusedToken) return;
  if (hung?.token === pairing.token && hung.socket.readyState <= WebSocket.OPEN) return;
  takeDown();
  const socket = new WebSocket(`${pairing.server.replace(/^http/, "ws")}/agent/bell`);
  const mine: Hung = { socket, token: pairing.token };
  hung = mine;
  let alive: ReturnType<typeof setInterval> | undefined;
  socket.onopen = () => {
    socket.send(JSON.stringify({ type: "hello", token: pairing.token, boot_id: bootId }));
    alive = setInterval(() => {
      socket.send(JSON.stringify({ type: "alive" }));
      // Firefox counts calls of the extension's own interfaces, not traffic.
      void chrome.runtime.getPlatformInfo();
    }, ALIVE_MS);
    ring();
  };
  socket.onmessage = (message) => {
    if (typeof message.data === "string" && kindOf(message.data) === "ring") ring();
  };
  socket.onclose = (close) => {
    clearInterval(alive);
    if (hung !== mine) return;
    hung = null;
    // 4401 and 4403 say that the token is not, or no longer, good: the next lease learns why.
    if (close.code === 4401 || close.code === 4403) {
      refusedToken = pairing.token;
      ring();
    } else reopening = setTimeout(() => hang(pairing, bootId, ring), REOPEN_MS.least + Math.random() * REOPEN_MS.spread);
  };
}

/** Takes the bell down, for good or before another is hung. */
export function takeDown(): void {
  clearTimeout(reopening);
  const old = hung;
  hung = null;
  old?.socket.close();
}

function kindOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { type?: unknown } | null)?.type;
  } catch {
    return undefined;
  }
}
