// Comforts; every page works without them: buttons that copy, forms that a double click sends once, and a check number
// that appears by itself.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = navigator.clipboard === undefined;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    const before = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = before), 1500);
  });
}

const DOUBLE_CLICK_MS = 2000;

for (const form of document.querySelectorAll('form[method="post"]')) {
  let sentAt = -Infinity;
  form.addEventListener("submit", (event) => {
    if (performance.now() - sentAt < DOUBLE_CLICK_MS) event.preventDefault();
    else sentAt = performance.now();
  });
}

const LOOK_EVERY_MS = 2000;

async function look(waiting) {
  if (document.hidden) return waiting;
  const answer = await fetch(waiting.dataset.look).catch(() => null);
  if (answer === null || !answer.ok) return waiting;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.getElementById(waiting.id);
  if (found === null || found.dataset.look !== undefined) return waiting;
  waiting.replaceChildren(...found.childNodes);
  delete waiting.dataset.look;
  // The code is spent: the extension has nothing more to find here.
  document.querySelector('meta[name="curtsy-pairing"]')?.remove();
  return null;
}

const waiting = document.querySelector("[data-look]");
if (waiting !== null) {
  const until = Date.now() + Number(waiting.dataset.lookMs);
  const again = async () => {
    if ((await look(waiting)) !== null && Date.now() < until) setTimeout(again, LOOK_EVERY_MS);
  };
  setTimeout(again, LOOK_EVERY_MS);
}
