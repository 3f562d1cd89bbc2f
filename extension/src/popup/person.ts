/** How a person is written down in the popup: their name where it is known, leading to their profile. */
import type { Asked } from "../agent/messages";

const PROFILE = "https://www.linkedin.com/in/";

/** A name, else the public name, else that nobody knows one. */
export function called(name: string | null, { slug }: Asked["profile"]): string {
  return name ?? slug ?? "Somebody without a public name";
}

/** The same as an element, a link where there is a profile to open. */
export function person(name: string | null, profile: Asked["profile"]): HTMLElement {
  const key = profile.slug ?? profile.urn?.split(":").at(-1) ?? "";
  const element = document.createElement(key === "" ? "span" : "a");
  element.textContent = called(name, profile);
  if (element instanceof HTMLAnchorElement) {
    element.href = `${PROFILE}${encodeURIComponent(key)}/`;
    element.target = "_blank";
  }
  return element;
}

/** A paragraph. */
export function paragraph(text: string, kind: string): HTMLParagraphElement {
  const element = document.createElement("p");
  element.className = kind;
  element.textContent = text;
  return element;
}

/** A moment some milliseconds ago, as it is read here. */
export function moment(at: number): HTMLTimeElement {
  const time = document.createElement("time");
  time.dateTime = new Date(at).toISOString();
  time.textContent = new Date(at).toLocaleString([], { dateStyle: "short", timeStyle: "short" });
  return time;
}
