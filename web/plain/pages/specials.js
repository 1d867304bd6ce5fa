// 大额党费: voluntary extra payments that go whole to the top, apart from monthly dues.
import { newKey, read, send } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { today, when, yuan } from "../format.js";
import { refresh, replace, withQuery } from "../router.js";
import { badge, button, buttons, card, empty, figures, listPicker, pager, pairs, segments } from "../ui.js";
import { options, payments, specialStates, word } from "../words.js";
import { collects } from "./bills.js";
import { orgOptions, roots } from "./orgchoice.js";

const size = 30;

export async function specials({ query }) {
  const { page, ...at } = query;
  const [{ items, total, sums }, orgs] = await Promise.all([read("/dues/specials", { ...at, page, size }), orgOptions(at.org_id, roots("dues_collector"))]);
  const choose = (change) => replace(withQuery({ ...at, ...change }));
  return {
    title: "大额党费",
    body: [
      listPicker("组织", [{ value: "", label: "全部" }, ...orgs], at.org_id ?? "", (org_id) => choose({ org_id })),
      segments([["", "全部"], ...Object.entries(specialStates)], at.state ?? "", (state) => choose({ state })),
      figures(["笔数", sums.count], ["待上缴", yuan(sums.held_fen)], ["已上缴", yuan(sums.forwarded_fen)]),
      items.length === 0 ? empty("没有大额党费") : items.map(one),
      pager(page, size, total, (p) => withQuery({ ...query, page: p })),
    ],
    back: "#/work",
  };
}

function one(s) {
  return card(null, h("div", { class: "headline" }, h("strong", null, `${s.member_name}　${yuan(s.amount_fen)}`), badge(word(specialStates, s.state), { RECORDED: "warn", CONFIRMED: "warn", FORWARDED: "good" }[s.state] ?? "bad")),
    pairs(["党支部", s.org_name], ["缴纳方式", word(payments, s.method)], ["流水号", s.transaction_no], ["缴纳日期", s.paid_on], ["党员简要情况", s.brief], ["登记", `${s.recorded_by}　${when(s.recorded_at)}`],
      ["复核", s.confirmed_at && `${s.confirmed_by}　${when(s.confirmed_at)}`], ["上缴", s.forwarded_on && `${s.forwarded_on}　${s.document_no}`], ["原因", s.reason]),
    steps(s, `/dues/specials/${s.id}`));
}

const why = [{ name: "reason", label: "原因", type: "textarea", rows: 3, required: true, max: 200 }];

function steps(s, at) {
  if (s.state === "RECORDED") return buttons(button("复核通过", () => decide("复核通过", [], () => send(at + "/confirm"))), button("退回", () => decide("退回登记", why, (v) => send(at + "/reject", v)), "warn"));
  if (s.state !== "CONFIRMED") return null;
  return buttons(button("登记上缴", () => decide("登记上缴", [{ name: "forwarded_on", label: "上缴日期", type: "date", required: true, value: today() }, { name: "document_no", label: "凭证号", required: true, max: 64 }],
    (v) => send(at + "/forward", v))), button("冲销", () => decide("冲销", why, (v) => send(at + "/reverse", v)), "warn"));
}

async function decide(title, fields, run) {
  if (!await ask({ title, fields, submit: "确认", run })) return;
  toast("已办理");
  await refresh();
}

// recordSpecial writes a special payment of one member down; a second person confirms it.
export async function recordSpecial(memberId, name) {
  if (!collects()) return;
  const key = newKey();
  const made = await ask({
    title: `登记${name}的大额党费`, text: "自愿一次多缴的党费，全额上缴，不计入每月党费。",
    fields: [
      { name: "amount_fen", label: "金额（元）", type: "money", required: true }, { name: "method", label: "缴纳方式", type: "select", options: options(payments).filter((o) => o.value !== "WECHAT") },
      { name: "paid_on", label: "缴纳日期", type: "date", required: true, value: today() }, { name: "transaction_no", label: "流水号", max: 64, hint: "转账时填写" },
      { name: "brief", label: "党员简要情况", type: "textarea", rows: 3, required: true, max: 1000 },
    ],
    submit: "登记", run: (values) => send("/dues/specials", { ...values, member_id: memberId }, { "Idempotency-Key": key }),
  });
  if (made) toast("已登记，等待另一人复核");
}
