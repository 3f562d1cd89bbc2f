/** What a member allows by connecting; shown wherever a browser can be paired. */

const POINTS = [
  "Curtsy sends LinkedIn invitations in your name, from this browser, when your team asks for them, and reads the profiles that takes.",
  "LinkedIn's User Agreement forbids automation. LinkedIn may restrict or close your account for it; that risk is yours.",
  "It keeps to the pace set for you. You can set a slower one here, and be asked before each invitation; no admin can undo that.",
  "It stops by itself when LinkedIn asks you for something, restricts you or signs you out, and never answers such a page.",
  "Your password, cookies and session stay in this browser. Your team sees what was sent and what LinkedIn answered.",
  "You can pause or disconnect at any time, here, even when the server is away. An admin can slow you down or remove this browser.",
];

/** Fills a place on the page with the terms. */
export function showTerms(place: HTMLElement): void {
  const heading = document.createElement("h2");
  heading.textContent = "What you allow";
  const list = document.createElement("ul");
  for (const point of POINTS) {
    const item = document.createElement("li");
    item.textContent = point;
    list.append(item);
  }
  place.replaceChildren(heading, list);
}
