// Browsers only: uni's elements are not the browser's own. This gives them the names, roles and keys that a screen reader and a keyboard need.

/** What each element of uni's frame is, and what it is called where its text does not say so. */
const frame: [selector: string, role: string, name?: string][] = [
  ["uni-button", "button"],
  ["uni-switch", "switch"],
  ["uni-picker", "button"],
  [".uni-page-head-btn", "button", "返回"],
  [".uni-tabbar__item", "link"],
  [".uni-modal__btn", "button"],
  [".uni-picker-action", "button"],
];

const keyed = "[role=button],[role=link],[role=radio],[role=checkbox],[role=switch],[role=tab]";

export function nameControls() {
  dress(document.body);
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") pass(change.target as Element);
      for (const node of change.addedNodes) if (node instanceof Element) dress(node);
    }
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-label"] });
  document.addEventListener("keydown", press);
}

function dress(root: Element) {
  for (const [selector, role, name] of frame) {
    for (const element of within(root, selector)) {
      if (!element.hasAttribute("role")) element.setAttribute("role", role);
      if (!element.hasAttribute("tabindex")) element.setAttribute("tabindex", "0");
      if (name && !element.hasAttribute("aria-label")) element.setAttribute("aria-label", name);
    }
  }
  for (const picture of within(root, "img:not([alt])")) picture.setAttribute("alt", picture.closest("uni-image[aria-label]")?.getAttribute("aria-label") ?? "");
  for (const drawing of within(root, ".uni-page-head svg")) drawing.setAttribute("aria-hidden", "true");
  for (const title of within(root, ".uni-page-head__title")) {
    title.setAttribute("role", "heading");
    title.setAttribute("aria-level", "1");
  }
  within(root, "uni-input[aria-label],uni-textarea[aria-label]").forEach(pass);
  const shell = root.closest("uni-input[aria-label],uni-textarea[aria-label]");
  if (shell) pass(shell);
}

const within = (root: Element, selector: string) => [...(root.matches(selector) ? [root] : []), ...root.querySelectorAll(selector)];

/** The name of uni's input belongs to the browser's input inside it. */
function pass(shell: Element) {
  if (!shell.matches("uni-input,uni-textarea")) return;
  const name = shell.getAttribute("aria-label");
  const inner = shell.querySelector("input,textarea");
  if (name && inner && inner.getAttribute("aria-label") !== name) inner.setAttribute("aria-label", name);
}

/** Enter and space tap what has the focus. */
function press(event: KeyboardEvent) {
  const at = event.target;
  if (!(at instanceof HTMLElement) || (event.key !== "Enter" && event.key !== " ") || !at.matches(keyed)) return;
  event.preventDefault();
  at.click();
}
