// 答复参考: what was answered in like matters, to be taken into an answer and changed there.
import { read } from "../api.js";
import { h } from "../dom.js";
import { busy, cell, cells } from "../ui.js";

// drafts is a button below a field. What is picked stands in the field of the same form, as a beginning.
export function drafts(r) {
  const shown = h("div", { role: "status" });
  const open = h("button", { type: "button", class: "button small", onclick: busy(async () => {
    const { items } = await read(`/requests/${r.id}/drafts`);
    shown.replaceChildren(cells(items.map((d) => cell({
      title: d.title, sub: [`${d.closed_on}　相似 ${d.percent}%${d.released ? "　已公开" : ""}`, d.text],
      tap: () => {
        const field = open.form.elements.note;
        field.value = d.text;
        field.focus();
        shown.replaceChildren();
      },
    })), "没有相近的已办诉求"));
  }) }, "答复参考");
  return h("div", { class: "drafts" }, open, shown);
}
