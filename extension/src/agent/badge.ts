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
  chrome.storage.local.onChanged.addListener(({ reason, ends_by }) => {
    if (reason !== undefined || ends_by !== undefined) void mark();
  });
  void mark();
}

async function mark(): Promise<void> {
  const [reason, endsBy] = await Promise.all([settings.reason(), settings.endsBy()]);
  await chrome.action.setBadgeText({ text: MARKS[reason ?? ""] ?? (endsBy === "member" ? "!" : "") });
}
