// From the address to a page: #/requests/12?state=SUBMITTED. A page is a
// function of { params, query } that resolves to { title, body, back }; wide
// lets it use a broad window, again shows it anew after so many milliseconds.
import { h } from "./dom.js";
import { NoPhone } from "./platform.js";
import { button, card } from "./ui.js";

let table = [];
let onShown = () => {};
let turn = 0;

// start shows the page of the address, now and whenever it changes.
// routes: [pattern, page]; shown is called with each page and its address.
export function start(routes, shown) {
  table = routes.map(([pattern, page]) => ({ names: pattern.split("/"), page }));
  onShown = shown;
  addEventListener("hashchange", () => show(true));
  addEventListener("click", showAgain);
  return show(true);
}

// go leads to a page, replace too but without a way back, refresh shows this one again.
export const go = (address) => { location.hash = address; };
export function replace(address) {
  history.replaceState(null, "", address);
  return show(false);
}
export const refresh = () => show(false);

// withQuery is this page's address with another query.
export function withQuery(query) {
  const given = Object.entries(query).filter(([, v]) => v);
  return "#" + path() + (given.length ? "?" + new URLSearchParams(given) : "");
}

// showAgain: a tap on a link to the page that is open shows it as it is now.
function showAgain(event) {
  if (event.target.closest?.("a")?.getAttribute("href") === (location.hash || "#/")) refresh();
}

const path = () => location.hash.slice(1).split("?")[0] || "/";

async function show(fresh) {
  const mine = ++turn;
  const main = document.getElementById("page");
  if (fresh) {
    main.replaceChildren(h("p", { class: "wait" }, "正在打开…"));
    scrollTo(0, 0);
  }
  const { page, params } = find(path());
  const query = Object.fromEntries(new URLSearchParams(location.hash.split("?")[1] ?? ""));
  let shown;
  try {
    shown = await page({ params, query });
  } catch (err) {
    shown = { title: "出错了", body: trouble(err), back: path() === "/" ? null : "#/" };
  }
  if (mine !== turn) return; // another page was asked for meanwhile
  main.replaceChildren(...[shown.body].flat(Infinity).filter(Boolean));
  onShown(shown, path());
  if (shown.again) setTimeout(() => mine === turn && refresh(), shown.again);
  if (fresh) main.focus({ preventScroll: true });
}

function find(address) {
  const parts = address.split("/");
  for (const { names, page } of table) {
    if (names.length !== parts.length) continue;
    const params = {};
    if (names.every((name, i) => (name.startsWith(":") ? (params[name.slice(1)] = parts[i]) !== "" : name === parts[i]))) return { page, params };
  }
  return { params: {}, page: async () => { throw new Error("没有这个页面"); } };
}

function trouble(err) {
  if (err instanceof NoPhone) {
    return card("打不开小程序", h("p", { class: "sub" }, err.message), h("a", { class: "button main", href: "/", target: "_top" }, "回到首页"));
  }
  return card(null, h("p", { class: "empty" }, err.message), button("再试一次", refresh, "plain"));
}
