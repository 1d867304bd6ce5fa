// 党费账户明细: what moved on one account, and what was published of a year.
import { read, send } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { thisMonth, when, yuan } from "../format.js";
import { refresh, replace, withQuery } from "../router.js";
import { administered, me } from "../session.js";
import { button, card, empty, figures, listPicker, pager, pairs, segments, table } from "../ui.js";
import { orgOptions, roots } from "./orgchoice.js";

const size = 100;

export async function duesAccount({ query }) {
  const { page, ...at } = query;
  const { account: a, items, total } = await read("/dues/balances/entries", { ...at, page, size });
  return {
    title: "党费账户明细",
    wide: true,
    body: [
      segments([["ACCOUNT", "党费账户"], ["CASH", "待存现金"], ["SPECIAL", "大额党费"]], at.kind, (kind) => replace(withQuery({ ...at, kind }))),
      card(a.org_name, figures(["期初", yuan(a.opening_fen)], ["收入", yuan(a.in_fen)], ["支出", yuan(a.out_fen)], ["期末", yuan(a.closing_fen)])),
      items.length === 0 ? empty("没有收支") : h("section", { class: "card whole" }, table(["日期", "摘要", "收入", "支出", "余额"], items.map((l) => [l.day, l.memo, l.in_fen ? yuan(l.in_fen) : "", l.out_fen ? yuan(l.out_fen) : "", yuan(l.balance_fen)]))),
      pager(page, size, total, (p) => withQuery({ ...query, page: p })),
    ],
    back: "#/work/dues/money",
  };
}

// duesPublications is the years that an organisation has published: for its members too.
export async function duesPublications({ query }) {
  const own = roots();
  const id = query.org_id ?? own[0]?.id ?? me().member?.org_id;
  const works = administered().length > 0;
  const [{ items }, orgs] = await Promise.all([read(`/orgs/${id}/dues-publications`), own.length > 0 ? orgOptions(id, own) : []]);
  return {
    title: "党费收支公布",
    body: [
      orgs.length > 0 && listPicker("组织", orgs, String(id), (org_id) => replace(withQuery({ org_id }))),
      works && button("公布年度收支", () => publish(id)),
      items.length === 0 ? empty("还没有公布") : items.map((p) => card(`${p.org_name}　${p.year}年`, account(p), p.note && h("p", { class: "said" }, p.note), h("p", { class: "sub" }, `${p.published_by}公布于 ${when(p.published_at)}`))),
    ],
    back: works ? "#/work/dues/money" : "#/me/bills",
  };
}

const account = (y) => [
  pairs(["年初余额", yuan(y.opening_fen)], ["收缴党费", yuan(y.collected_fen)], ["下级上缴", yuan(y.received_fen)], ["上缴上级", yuan(y.remitted_fen)], ["使用", yuan(y.used_fen)], ["年末余额", yuan(y.closing_fen)]),
  y.uses.length > 0 && table(["使用项目", "笔数", "金额"], y.uses.map((u) => [u.title, String(u.count), yuan(u.amount_fen)])),
];

async function publish(id) {
  const last = Number(thisMonth().slice(0, 4)) - 1;
  const y = await read(`/orgs/${id}/dues-publications/preview`, { year: last });
  const done = await ask({
    title: `公布${last}年党费收支`, text: `年初余额 ${yuan(y.opening_fen)}，收缴 ${yuan(y.collected_fen)}，下级上缴 ${yuan(y.received_fen)}，上缴上级 ${yuan(y.remitted_fen)}，使用 ${yuan(y.used_fen)}，年末余额 ${yuan(y.closing_fen)}。\n公布后通知全体党员，不能修改。`,
    fields: [{ name: "note", label: "说明", type: "textarea", rows: 3, max: 1000 }], submit: "公布",
    run: ({ note }) => send(`/orgs/${id}/dues-publications`, { year: last, note }),
  });
  if (!done) return;
  toast("已公布");
  await refresh();
}
