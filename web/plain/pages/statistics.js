// How often theme days were held, by committee, and which branches were warned on the 20th.
import { read } from "../api.js";
import { h } from "../dom.js";
import { share, thisMonth, when } from "../format.js";
import { replace, withQuery } from "../router.js";
import { badge, card, cell, cells, figures, monthPicker } from "../ui.js";
import { deliveryStates, word } from "../words.js";

export async function statistics({ query }) {
  const month = query.month ?? thisMonth();
  const [counts, warnings] = await Promise.all([read("/theme-days/statistics", { month }), read("/theme-days/warnings", { month })]);
  const { total } = counts;
  return {
    title: "主题党日统计",
    body: [
      monthPicker(month, (m) => replace(withQuery({ month: m }))),
      card(null, figures(["开展次数", total.count], ["已完成支部", `${total.completed_branches}/${total.branches}`],
        ["完成率", share(total.completed_branches, total.branches)])),
      card("各党委开展情况", cells(counts.items.map((c) => cell({
        title: c.name, sub: `已完成 ${c.completed_branches} / ${c.branches} 个支部`,
        side: h("strong", { class: "number" }, `${c.count} 次`), href: `#/work/theme-days?month=${month}&org_id=${c.org_id}`,
      })), "没有数据")),
      card("警示名单", h("p", { class: "sub" }, "每月 20 日仍未完成主题党日的支部，系统自动警示支部管理员。"),
        cells(warnings.items.map(warned), "本月没有被警示的支部")),
    ],
    back: "#/work",
  };
}

function warned(w) {
  return cell({
    title: w.org_name,
    sub: [w.recipient || "支部管理员", `${when(w.sent_at)}　${word(deliveryStates, w.delivery)}${w.read_at ? "，已读" : ""}`],
    side: badge(w.completed ? "已补开" : "未完成", w.completed ? "good" : "bad"),
  });
}
