// 公开的诉求: closed requests that a person has released for reading.
import { readOpen } from "../api.js";
import { h } from "../dom.js";
import { withQuery } from "../router.js";
import { card, cell, cells, pager, pairs } from "../ui.js";
import { categories, word } from "../words.js";
import { back, home, others, reportLink } from "./outside.js";

const size = 20;

export async function releasedList({ query }) {
  const { items, total } = await readOpen("/public/releases", { page: query.page, size });
  return {
    title: "公开的诉求",
    body: [
      cells(items.map((r) => cell({ title: r.title, strong: true, sub: [r.department_name || "诉求窗口", `办结 ${r.closed_on}`], side: word(categories, r.category), href: "#/released/" + r.number })), "还没有公开的诉求"),
      pager(query.page, size, total, (page) => withQuery({ page })),
      reportLink(), others("#/released"), home(),
    ],
    back: back(),
  };
}

export async function releasedOne({ params }) {
  const r = await readOpen("/public/releases/" + encodeURIComponent(params.number));
  return {
    title: "公开的诉求",
    body: [card(r.title, h("p", { class: "said" }, r.content), pairs(["类别", word(categories, r.category)], ["办理单位", r.department_name || "诉求窗口"], ["办结日期", r.closed_on])),
      card("办理结果", h("p", { class: "said" }, r.answer)), home()],
    back: "#/released",
  };
}
