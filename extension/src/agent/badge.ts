/** The mark on the toolbar's icon, for what only the member can move on: a yes, or a look at LinkedIn. */
import * as settings from "./settings";

const MARKS: Readonly<Record<string, string>> = {
  awaiting_approval: "?",
  challenge: "!",
  restricted: "!",
  doubt: "!",
  signed_out: "!",
  wrong_member: "!",
};

/** Keeps the mark true; browsers forget it when they end. */
export function keepBadge(): void {
  chrome.storage.local.onChanged.addListener(({ reason }) => {
    if (reason !== undefined) void mark(reason.newValue as string | null | undefined);
  });
  void settings.reason().then(mark);
}

function mark(reason: string | null | undefined): Promise<void> {
  return chrome.action.setBadgeText({ text: MARKS[reason ?? ""] ?? "" });
}
