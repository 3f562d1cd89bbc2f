/** The server's words for why there is nothing to do, as a member would say them. */

const SENTENCES: Readonly<Record<string, string>> = {
  nothing_due: "Nothing to do now.",
  pacing: "The next invitation follows after a pause, so that they are spaced apart.",
  day_limit: "Today's number of invitations is reached. It goes on tomorrow.",
  week_limit: "This week's number of invitations is reached. It goes on by itself.",
  read_limit: "Today's number of profiles to read is reached. It goes on tomorrow.",
  outside_hours: "It is outside the hours set for you.",
  signed_out: "You are signed out of LinkedIn in this browser. Sign in and it goes on.",
  wrong_member: "Somebody else is signed in to LinkedIn in this browser. Sign in with your own account and it goes on.",
  challenge: "LinkedIn wants you to confirm something. Open LinkedIn, do what it asks, then press the button.",
  restricted: "LinkedIn has restricted what you may do. Open LinkedIn, read what it says, then press the button.",
  doubt: "LinkedIn's answers were lost more than once, or it refused three times alike. Look on LinkedIn whether all is well, then press the button.",
  clock: "The clock of your team's server was set. It goes on when an admin has confirmed it on the server's pages.",
  invitation_limit: "LinkedIn takes no more invitations from you for now. It goes on by itself.",
  throttled: "LinkedIn asks for fewer requests. It goes on by itself.",
  paused: "Curtsy rests: you or your team paused it.",
  update_required: "This version of the extension is too old for LinkedIn or for the server. Update it.",
  awaiting_approval: "Your team wishes to invite somebody. It waits for your yes.",
  in_hand: "Another browser of yours is at work.",
  agent_offline: "The server has not heard from this browser for a while.",
};

/** What else is true of a reason, by what ends it. */
const ENDS: Readonly<Record<string, string>> = {
  "invitation_limit member":
    "LinkedIn has refused further invitations twice within 30 days. Look on LinkedIn whether all is well; it goes on when you press the button.",
  "paused member": "Your team lets Curtsy rest. It goes on at the time they set, if they set one, or when you press the button.",
};

/** Pauses that end only when the member says so; what servers before `ends_by` leave to be known. */
const ENDED_BY_MEMBER = new Set(["challenge", "restricted", "needs_review"]);

/** A reason in plain words; one this version does not know is shown as the server said it. */
export function sentenceFor(reason: string | null, endsBy: string | null): string {
  if (reason === null) return "";
  return ENDS[`${reason} ${endsBy}`] ?? SENTENCES[reason] ?? `The server says: ${reason.replaceAll("_", " ")}.`;
}

/** Whether a reason waits for the member's own word. */
export function waitsForMember(reason: string | null, endsBy: string | null): boolean {
  return reason !== null && (endsBy === null ? ENDED_BY_MEMBER.has(reason) : endsBy === "member");
}

/** What the member says with the button that ends a pause. */
export function wordOf(reason: string | null): string {
  return reason === "paused" ? "End the rest: go on" : "I have looked at LinkedIn: resume";
}
