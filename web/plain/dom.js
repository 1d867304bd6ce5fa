// Elements made in code. Text from the server only ever becomes text nodes.

// h makes an element: h("p", { class: "sub", onclick: f }, "text", child, …).
// Children that are null, undefined or false are left out; lists are flattened.
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

const svgSpace = "http://www.w3.org/2000/svg";

// icon draws one path on a 24 × 24 grid, in the colour of the text around it.
export function icon(path) {
  const shape = document.createElementNS(svgSpace, "path");
  shape.setAttribute("d", path);
  const picture = document.createElementNS(svgSpace, "svg");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  picture.append(shape);
  return picture;
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return element;
}

let hideToast = 0;

// toast shows a short sentence for three seconds.
export function toast(sentence) {
  const box = document.getElementById("toast");
  box.textContent = sentence;
  box.classList.add("shown");
  clearTimeout(hideToast);
  hideToast = setTimeout(() => box.classList.remove("shown"), 3000);
}

let made = 0;

// newId names an element, for a label that points to it.
export function newId() {
  made += 1;
  return "e" + made;
}
