/** A page of LinkedIn for what only reads, once it is known whose session it has. */
import { readMe } from "../linkedin/api";
import type { Page } from "../linkedin/page";
import { type Answer, type Outcome, sessionVerdict } from "../linkedin/verdict";
import { type Hand, rememberIdentity } from "./hand";
import * as tab from "./tab";

/** Opens one; `trouble` is what to report where its session is not the member's, and `answer` is what that rests on. */
export async function ownPage(hand: Hand): Promise<{ page: Page; trouble: Outcome | null; answer: Answer }> {
  const page = await tab.open();
  const me = await readMe(page);
  const member = hand.pairing.account.urn;
  const trouble = sessionVerdict({ me: me.answer, signedIn: me.identity?.urn ?? null, member });
  await rememberIdentity(me.identity, trouble);
  return { page, trouble, answer: me.answer };
}
