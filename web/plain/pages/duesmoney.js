// 党费收支: what each organisation holds, cash carried to the account, what is handed up, what was used. One person records, a second one confirms.
import { newKey, put, read, send } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { quarterName, quarterOf, thisMonth, today, when, yuan } from "../format.js";
import { refresh, replace, withQuery } from "../router.js";
import { administered, has, may } from "../session.js";
import { badge, button, buttons, card, empty, figures, link, listPicker, pager, pairs, percent, segments, table } from "../ui.js";
import { entryStates, levels, word } from "../words.js";
import { orgOptions, roots } from "./orgchoice.js";

const size = 30;

// Each tab: its name, the module that opens it, what it reads, and how it is shown.
const tabs = {
  balances: ["余额", "dues", (at, page) => read("/dues/balances", { org_id: at.org_id, page, size }), balances],
  deposits: ["现金存入", "dues", (at, page) => read("/dues/deposits", { ...entryFilter(at), page, size }), entries],
  due: ["应上缴", "collection", (at, page) => read("/dues/remittances/due", { org_id: at.org_id, quarter: at.quarter, open: at.open, page, size }), due],
  remittances: ["上缴", "collection", (at, page) => read("/dues/remittances", { ...entryFilter(at), quarter: at.quarter, page, size }), entries],
  uses: ["使用", "arrears", (at, page) => read("/dues/uses", { ...entryFilter(at), page, size }), entries],
};

const entryFilter = ({ org_id, state }) => ({ org_id, state });

export async function duesMoney({ query }) {
  const { page, ...at } = query;
  const offered = Object.entries(tabs).filter(([, [, module]]) => may(module));
  const tab = offered.some(([code]) => code === at.tab) ? at.tab : offered[0][0];
  const own = roots("dues_collector");
  const [, , list, show] = tabs[tab];
  const [found, orgs] = await Promise.all([list(at, page), orgOptions(at.org_id, own)]);
  const choose = (change) => replace(withQuery({ ...at, tab, ...change }));
  const quarters = ["due", "remittances"].includes(tab);
  return {
    title: "党费收支",
    wide: true,
    body: [
      segments(offered.map(([code, [name]]) => [code, name]), tab, (code) => replace(withQuery({ org_id: at.org_id, tab: code }))),
      listPicker("组织", [{ value: "", label: "全部" }, ...orgs], at.org_id ?? "", (org_id) => choose({ org_id })),
      quarters && listPicker("季度", [tab === "due" ? null : { value: "", label: "全部" }, ...lastQuarters(at.quarter).map((q) => ({ value: q, label: quarterName(q) }))].filter(Boolean),
        at.quarter ?? (tab === "due" ? quarterOf(thisMonth()) : ""), (quarter) => choose({ quarter })),
      show === entries && segments([["", "全部"], ...Object.entries(entryStates)], at.state ?? "", (state) => choose({ state })),
      recorders(tab, at.org_id, orgs),
      ...show(found, tab),
      ...pager(page, size, found.total, (p) => withQuery({ ...query, page: p })),
      link("年度收支公布", "#/work/dues/publications" + (at.org_id ? "?org_id=" + at.org_id : "")),
    ].flat().filter(Boolean).map(whole),
    back: "#/work",
  };
}

// whole keeps an element over the full width of a broad window.
function whole(element) {
  element.classList.add("whole");
  return element;
}

// lastQuarters is this quarter and the seven before it, and the one that is looked at; nextQuarters is this one and the three after it.
function lastQuarters(taken) {
  const all = [0, -1, -2, -3, -4, -5, -6, -7].map(quarterFromNow);
  return !taken || all.includes(taken) ? all : [...all, taken];
}

const nextQuarters = () => [0, 1, 2, 3].map(quarterFromNow);

function quarterFromNow(n) {
  const now = quarterOf(thisMonth());
  const at = Number(now.slice(0, 4)) * 4 + Number(now.slice(-1)) - 1 + n;
  return `${Math.floor(at / 4)}Q${(at % 4) + 1}`;
}

function balances({ items, sums }) {
  return [
    card(null, figures(["党费账户", yuan(sums.account_fen)], ["待存现金", yuan(sums.cash_fen)], ["待上缴大额党费", yuan(sums.special_fen)])),
    items.length === 0 ? empty("没有组织") : card("各组织", table(["组织", "党费账户", "待存现金", "大额党费"], items.map((b) => [b.org_name, account(b, "ACCOUNT", b.account_fen), account(b, "CASH", b.cash_fen), account(b, "SPECIAL", b.special_fen)]))),
  ];
}

const account = (b, kind, fen) => h("a", { href: `#/work/dues/account?org_id=${b.id}&kind=${kind}` }, yuan(fen));

function due({ items, sums }) {
  return [
    card(null, figures(["应上缴", yuan(sums.due_fen)], ["已上缴", yuan(sums.handed_up_fen)], ["未上缴", yuan(sums.open_fen)]),
      sums.undecided > 0 && h("p", { class: "sub" }, `${sums.undecided} 个组织所在层级的上缴比例尚未确定，按规定暂无应缴数。`), has("admin") && may("reconciliation") && button("设置上缴比例", setShare, "plain")),
    items.length === 0 ? empty("没有符合条件的组织") : card("各组织", table(["组织", "收入", "比例", "应上缴", "已上缴", "待确认", "未上缴"], items.map((d) => [
      d.org_name, yuan(d.income_fen), d.share_bp === null ? d.note : percent(d.share_bp), yuan(d.due_fen), yuan(d.handed_up_fen), yuan(d.recorded_fen), yuan(d.open_fen)]))),
  ];
}

function entries({ items }, tab) {
  if (items.length === 0) return [empty("没有记录")];
  return items.map((e) => card(null, h("div", { class: "headline" }, h("strong", { class: "number" }, yuan(e.amount_fen)), badge(word(entryStates, e.state), { RECORDED: "warn", CONFIRMED: "good", REJECTED: "bad", REVERSED: "bad" }[e.state])),
    pairs(["组织", e.org_name], ["上缴至", tab === "remittances" && (e.to_org_name || "平台以外的上级")], ["季度", e.quarter && quarterName(e.quarter)], ["应上缴", e.due_fen !== undefined && yuan(e.due_fen)],
      ["使用项目", e.category_title], ["用途", e.purpose], ["日期", e.day], ["研究决定日期", e.decided_on], ["凭证号", e.slip_no ?? e.document_no ?? e.voucher_no],
      ["登记", `${e.recorded_by}　${when(e.recorded_at)}`], ["复核", e.confirmed_at && `${e.confirmed_by}　${when(e.confirmed_at)}`], ["结束", e.ended_at && `${e.ended_by}　${when(e.ended_at)}`], ["原因", e.reason]),
    steps(e, `/dues/${tab}/${e.id}`)));
}

function steps(e, at) {
  if (e.state === "RECORDED") return buttons(button("复核通过", () => decide("复核通过", yuan(e.amount_fen), [], () => send(at + "/confirm"))), button("退回", () => decide("退回登记", "", reason, (v) => send(at + "/reject", v)), "warn"));
  if (e.state === "CONFIRMED") return buttons(button("冲销", () => decide("冲销", yuan(e.amount_fen), reason, (v) => send(at + "/reverse", v)), "warn"));
  return null;
}

const reason = [{ name: "reason", label: "原因", type: "textarea", rows: 3, required: true, max: 200 }];

async function decide(title, text, fields, run) {
  if (!await ask({ title, text, fields, submit: "确认", run })) return;
  toast("已办理");
  await refresh();
}

// recorders is the button that writes something new down on a tab, for who may.
function recorders(tab, orgId, orgs) {
  const org = { name: "org_id", label: "组织", type: "select", numeric: true, value: orgId, options: orgs, required: true };
  const money = { name: "amount_fen", label: "金额（元）", type: "money", required: true };
  const fields = {
    deposits: [org, money, { name: "day", label: "存款日期", type: "date", required: true, value: today() }, { name: "slip_no", label: "存款凭证号", required: true, max: 64 }],
    remittances: [org, { name: "quarter", label: "季度", type: "select", options: lastQuarters().map((q) => ({ value: q, label: quarterName(q) })) }, money, { name: "day", label: "上缴日期", type: "date", required: true, value: today() },
      { name: "document_no", label: "凭证号", required: true, max: 64 }],
    uses: [org, { name: "category", label: "使用项目", type: "select", options: [] }, money, { name: "decided_on", label: "研究决定日期", type: "date", required: true, value: today() },
      { name: "day", label: "使用日期", type: "date", required: true, value: today() }, { name: "purpose", label: "用途", required: true, max: 200 }, { name: "voucher_no", label: "凭证号", required: true, max: 64 }],
  }[tab];
  if (!fields || tab !== "deposits" && administered().length === 0) return null;
  const label = { deposits: "登记现金存入", remittances: "登记上缴", uses: "登记使用" }[tab];
  return button(label, async () => {
    if (tab === "uses") fields[1].options = (await read("/lookups", { list: "dues_use" })).items.map((u) => ({ value: u.code, label: u.title }));
    const key = newKey();
    const made = await ask({ title: label, text: "登记后须由另一人复核，复核通过后才入账。", fields, submit: "登记", run: (values) => send("/dues/" + tab, values, { "Idempotency-Key": key }) });
    if (!made) return;
    toast(made.warning || "已登记，等待复核");
    await refresh();
  });
}

async function setShare() {
  const { items } = await read("/dues/shares");
  await decide("设置上缴比例", items.map((s) => `${word(levels, s.org_type)}：${s.share_bp === null ? s.note : percent(s.share_bp)}`).join("\n"), [
    { name: "org_type", label: "组织层级", type: "select", options: items.map((s) => ({ value: s.org_type, label: word(levels, s.org_type) })) },
    { name: "percent", label: "上缴比例（%）", type: "number", required: true, min: 0 }, { name: "effective_from", label: "起始季度", type: "select", options: nextQuarters().map((q) => ({ value: q, label: quarterName(q) })) },
    { name: "clause", label: "依据", required: true, max: 200 },
  ], ({ percent: share, ...rest }) => put("/dues/shares", { ...rest, share_bp: share === undefined ? undefined : Math.round(share * 100) }));
}
