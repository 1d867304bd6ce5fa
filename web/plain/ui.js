// The parts that pages are made of.
import { h, toast } from "./dom.js";

// card is a white block with an optional heading.
export function card(heading, ...children) {
  return h("section", { class: "card" }, heading && h("h2", { class: "card-title" }, heading), children);
}

// cell is one line of a list: what it is, more about it, and something at its
// right or marks below it. With a link or a function it can be tapped.
export function cell({ title, sub, side, below, href, tap, strong }) {
  const inside = [
    h("span", { class: "cell-text" }, h("span", { class: strong ? "cell-title strong" : "cell-title" }, title),
      [sub].flat().filter(Boolean).map((line) => h("span", { class: "cell-sub" }, line)), below && h("span", { class: "cell-below" }, below)),
    side && h("span", { class: "cell-side" }, side),
  ];
  if (href) return h("a", { class: "cell tappable", href }, inside);
  if (tap) return h("button", { type: "button", class: "cell tappable", onclick: busy(tap) }, inside);
  return h("div", { class: "cell" }, inside);
}

// cells is a list of lines, or a sentence where there are none.
export function cells(lines, none) {
  if (lines.length === 0) return empty(none);
  return h("div", { class: "cells" }, lines);
}

export function empty(sentence) {
  return h("p", { class: "empty" }, sentence);
}

// badge is a short mark; tone is good, bad, warn or nothing.
export function badge(text, tone = "") {
  return h("span", { class: "badge " + tone }, text);
}

// button does something; style is main, plain, warn or small.
export function button(label, tap, style = "main") {
  return h("button", { type: "button", class: "button " + style, onclick: busy(tap) }, label);
}

// link looks like a button and leads to a page.
export function link(label, href, style = "plain") {
  return h("a", { class: "button " + style, href }, label);
}

// buttons stand side by side.
export const buttons = (...all) => h("div", { class: "buttons" }, all);

// pairs is a list of names and values; a pair without a value is left out.
export function pairs(...all) {
  return h("dl", { class: "pairs" }, all.filter(([, value]) => value !== "" && value !== false && value !== null && value !== undefined)
    .map(([name, value]) => [h("dt", null, name), h("dd", null, value)]));
}

// figures is a row of numbers with their names; long sums are written smaller, so that a phone holds them.
export function figures(...all) {
  const long = all.some((f) => f && String(f[1]).length > 8);
  return h("div", { class: long ? "figures long" : "figures" }, all.filter(Boolean).map(([name, value, href]) =>
    h(href ? "a" : "div", { class: "figure", href: href || null }, h("strong", null, String(value)), h("span", null, name))));
}

// segments is a row of choices of which one is taken: [[value, label], …].
export function segments(choices, taken, choose) {
  return h("div", { class: "segments", role: "group" }, choices.map(([value, label]) =>
    h("button", { type: "button", class: "segment", "aria-pressed": value === taken ? "true" : "false", onclick: () => choose(value) }, label)));
}

// pager leads through a long list: which page this is of how many rows, and the address of another page.
export function pager(page, size, total, address) {
  const now = Number(page ?? 1);
  const last = Math.max(1, Math.ceil(total / size));
  if (total === 0) return [];
  return [
    h("p", { class: "sub centre" }, last > 1 ? `共 ${total} 条，第 ${now} / ${last} 页` : `共 ${total} 条`),
    last > 1 && buttons(now > 1 && link("上一页", address(now - 1)), now < last && link("下一页", address(now + 1))),
  ];
}

// pick is a line that can be ticked. What it stands for is its value.
export function pick({ value, title, sub, side, checked, disabled, change }) {
  return h("label", { class: "cell pick" }, h("input", { type: "checkbox", value: String(value), checked, disabled, onchange: change }),
    h("span", { class: "cell-text" }, h("span", { class: "cell-title" }, title), [sub].flat().filter(Boolean).map((line) => h("span", { class: "cell-sub" }, line))),
    side && h("span", { class: "cell-side" }, side));
}

// picker is a labelled choice of a month, a day or a value above a list.
function picker(label, input) {
  return h("label", { class: "picker" }, h("span", null, label), input);
}

// dayPicker chooses a day, listPicker one of some options.
export function dayPicker(label, day, choose) {
  return picker(label, h("input", { type: "date", value: day, required: true, onchange: (e) => e.target.value && choose(e.target.value) }));
}

export function listPicker(label, options, taken, choose) {
  const list = h("select", { onchange: (e) => choose(e.target.value) }, options.map((o) => h("option", { value: o.value }, o.label)));
  list.value = taken;
  return picker(label, list);
}

// bar is a share as a length: 2550 of 10000. The words beside it say the same.
export function bar(shareBP) {
  return h("meter", { class: "share", min: 0, max: 10000, value: shareBP ?? 0, "aria-hidden": "true" });
}

// percent writes hundredths of a per cent: 25.50%; — where there is no whole.
export const percent = (shareBP) => (shareBP === null || shareBP === undefined ? "—" : (shareBP / 100).toFixed(2) + "%");

// table is a table that scrolls by itself where it is too broad: heads, and rows of cells.
export function table(heads, rows) {
  return h("div", { class: "table", tabindex: 0 }, h("table", null,
    h("thead", null, h("tr", null, heads.map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", null, rows.map((row) => h("tr", null, row.map((c, i) => h(i === 0 ? "th" : "td", i === 0 ? { scope: "row" } : null, c)))))));
}

// monthPicker chooses a month.
export function monthPicker(month, choose, label = "月份") {
  return picker(label, h("input", { type: "month", value: month, required: true, onchange: (e) => e.target.value && choose(e.target.value) }));
}

// busy runs a tap once at a time and says what went wrong.
export function busy(tap) {
  return async (event) => {
    const pressed = event.currentTarget;
    if (pressed.disabled) return;
    pressed.disabled = true;
    try {
      await tap(event);
    } catch (err) {
      toast(err.message);
    } finally {
      pressed.disabled = false;
    }
  };
}
