/** The options page: pairing by an address with a code, for when the toolbar click cannot be used. */
import { parseAddress } from "../agent/address";
import { ask } from "../agent/messages";
import { byId } from "../elements";
import { signedInSentence } from "../signed_in";
import { showTerms } from "../terms";

const address = byId("address", HTMLInputElement);
const connect = byId("connect", HTMLButtonElement);
const problem = byId("problem", HTMLElement);
const account = byId("linkedin", HTMLElement);
const check = byId("check", HTMLOutputElement);

async function showAccount(): Promise<void> {
  account.textContent = signedInSentence(await ask({ type: "who" }));
}

async function pairNow(): Promise<void> {
  const parsed = parseAddress(address.value);
  problem.textContent = "";
  if (parsed === null) {
    problem.textContent = "Write the whole address with the code behind the #. It begins with https, or is on this computer.";
    address.focus();
    return;
  }
  connect.disabled = true;
  connect.textContent = "Connecting…";
  // The name comes before the token: nobody is connected as somebody they were not shown.
  await shown;
  const done = await ask({ type: "pair", ...parsed });
  connect.disabled = false;
  connect.textContent = "I allow this: connect";
  if (!done.ok) problem.textContent = done.error;
  else {
    byId("form", HTMLFormElement).hidden = true;
    byId("paired", HTMLElement).textContent = `${done.value.member} of ${done.value.team}, on ${new URL(done.value.server).host}`;
    byId("paired", HTMLElement).hidden = false;
    byId("done", HTMLElement).hidden = false;
    check.textContent = done.value.check;
  }
}

async function begin(): Promise<void> {
  showTerms(byId("terms", HTMLElement));
  const { paired } = await ask({ type: "snapshot" });
  if (paired !== null) {
    const now = byId("paired", HTMLElement);
    now.textContent = `Connected now to ${new URL(paired.server).host} as ${paired.member}. Connecting again replaces that.`;
    now.hidden = false;
  }
  const offered = await ask({ type: "offered" });
  if (offered !== null && address.value === "") address.value = `${offered.server}#${offered.code}`;
}

byId("form", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  void pairNow();
});
const shown = showAccount();
void begin();
