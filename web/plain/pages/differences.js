// 对账差异: what the books and WeChat disagree on, worked off by people; and WeChat's bills of the days.
import { read, send } from "../api.js";
import { ask } from "../dialog.js";
import { h } from "../dom.js";
import { when, yuan } from "../format.js";
import { refresh, replace, withQuery } from "../router.js";
import { badge, button, card, empty, pager, pairs, segments, table } from "../ui.js";
import { differenceKinds, differenceStates, foundBy, word } from "../words.js";

const size = 30;

export async function differences({ query }) {
  const { page, ...given } = query;
  const filter = { state: "OPEN", ...given };
  const choose = (change) => replace(withQuery({ ...filter, ...change }));
  const days = filter.state === "DAYS";
  const list = days ? await read("/dues/statements", { page, size }) : await read("/dues/differences", { ...filter, page, size });
  return {
    title: "对账差异",
    body: [
      segments([...Object.entries(differenceStates), ["DAYS", "每日对账单"]], filter.state, (state) => choose({ state })),
      days ? statements(list.items) : list.items.length === 0 ? empty(filter.state === "OPEN" ? "没有待处理的差异" : "没有差异") : list.items.map(one),
      pager(page, size, list.total, (p) => withQuery({ ...query, page: p })),
    ],
    back: "#/work",
  };
}

function statements(items) {
  if (items.length === 0) return empty("还没有取得微信对账单");
  return card("微信对账单", table(["日期", "笔数", "收款", "退款", "对上", "差异", "待处理"], items.map((s) => [s.day, String(s.lines), yuan(s.paid_fen), yuan(s.refund_fen), String(s.matched), String(s.differences),
    s.open > 0 ? h("a", { href: "#/work/differences?day=" + s.day }, String(s.open)) : "0"])));
}

function one(d) {
  return card(null, h("div", { class: "headline" }, h("strong", null, word(differenceKinds, d.kind)), badge(word(differenceStates, d.state), d.state === "OPEN" ? "bad" : "good")),
    pairs(["日期", d.day], ["发现方式", word(foundBy, d.found_by)], ["缴费编号", d.payment_id ? h("a", { href: "#/work/payments/" + d.payment_id }, d.number) : d.number], ["退款编号", d.refund_no], ["微信流水号", d.transaction_no],
      ["平台金额", yuan(d.our_fen)], ["微信金额", yuan(d.their_fen)], ["发现时间", when(d.found_at)], ["处理情况", d.resolution], ["处理", d.resolved_at && `${d.resolved_by || "自动核销"}　${when(d.resolved_at)}`]),
    d.state === "OPEN" && button("登记处理情况", () => resolve(d)));
}

async function resolve(d) {
  const done = await ask({
    title: "登记处理情况", text: "只记录差异如何处理，不改变账目。", fields: [{ name: "resolution", label: "处理情况", type: "textarea", rows: 4, required: true, max: 500 }], submit: "登记",
    run: (values) => send(`/dues/differences/${d.id}/resolve`, values),
  });
  if (done) await refresh();
}
