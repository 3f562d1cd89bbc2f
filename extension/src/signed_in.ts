/** Who is signed in to LinkedIn, in one sentence for a page that offers to pair. */
import type { Who } from "./agent/messages";

const WHY = {
  signed_out: "You are signed out of LinkedIn in this browser. Sign in there first.",
  challenge: "LinkedIn wants you to confirm something first. Open LinkedIn and do what it asks.",
  unreadable: "LinkedIn could not be read just now.",
} as const;

/** Says as whom invitations would be sent, or why that is not known. */
export function signedInSentence(who: Who): string {
  return who.account === null ? WHY[who.why] : `Signed in to LinkedIn as ${who.account.name}`;
}
