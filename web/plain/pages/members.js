// 党员名册: the members in my scope, found by name, initials, whole numbers, or by what a report counted; and the way to an export.
import { read, send } from "../api.js";
import { ask } from "../dialog.js";
import { toast } from "../dom.js";
import { form } from "../form.js";
import { go, replace, withQuery } from "../router.js";
import { has } from "../session.js";
import { badge, button, buttons, card, cell, cells, link, pager } from "../ui.js";
import { memberStatuses, options, standings, word } from "../words.js";
import { orgOptions } from "./orgchoice.js";

const size = 50;
const numbers = ["org_id", "age_from", "age_to", "group_id"];
const answers = ["is_cadre", "exempt", "bound", "lost", "floating", "no_phone"];

// listAddress is the list that was last looked at, for the way back from a member.
export let listAddress = "#/work/members";

export async function members({ query }) {
  listAddress = withQuery(query);
  const { page, label, back, ...filter } = query;
  const [{ items, total }, orgs, education] = await Promise.all([
    read("/members", { ...filter, page, size }), orgOptions(filter.org_id), read("/lookups", { list: "education" }),
  ]);
  const titled = education.items.map((e) => ({ value: e.title, label: e.title }));
  return {
    title: "党员名册",
    body: [
      card(null, form({
        fields: [
          { name: "q", label: "姓名、拼音首字母、手机号或身份证号", type: "search", value: filter.q ?? "", max: 50, hint: "手机号和身份证号须完整填写" },
          { name: "org_id", label: "组织", type: "select", none: "全部", value: filter.org_id, options: orgs },
          { name: "status", label: "党员类别", type: "select", none: "全部", value: filter.status, options: options(memberStatuses) },
          { name: "education", label: "学历", type: "select", none: "全部", value: filter.education, options: titled },
          { name: "standing", label: "党籍状态", type: "select", none: "在册", value: filter.standing, options: options(standings) },
        ],
        submit: "查询",
        compact: true,
        run: (values) => replace(withQuery({ ...filter, ...values, label, back })),
      })),
      label && card(null, link(`只看“${label}”　取消`, withQuery({ org_id: filter.org_id }), "plain")),
      cells(items.map(line), "没有符合条件的党员"),
      pager(page, size, total, (p) => withQuery({ ...query, page: p })),
      total > 0 && buttons(button("导出当前名单", () => exportList(filter), "plain"), link("导出申请", "#/work/exports")),
    ],
    back: back ?? "#/work",
  };
}

function line(m) {
  return cell({
    title: m.name,
    strong: true,
    sub: [m.org_name, [m.phone, m.id_number].filter(Boolean).join("　")],
    side: [m.standing !== "ACTIVE" ? badge(word(standings, m.standing), "bad") : m.status === "PROBATIONARY" && badge("预备党员", "warn"),
      m.bound ? badge("已绑定", "good") : badge("未绑定")],
    href: "#/work/members/" + m.id,
  });
}

// typed turns an address's texts into what the export wants: { org_id: 3, lost: true, q: "王" }.
function typed(filter) {
  return Object.fromEntries(Object.entries(filter).filter(([, v]) => v !== "")
    .map(([name, v]) => [name, numbers.includes(name) ? Number(v) : answers.includes(name) ? v === "true" : v]));
}

async function exportList(filter) {
  const made = await ask({
    title: "导出当前名单",
    text: "文件带有您的姓名和导出时间的水印；超过 500 行须经上级审批。",
    fields: [
      { name: "reason", label: "导出用途", type: "textarea", rows: 2, required: true, max: 200 },
      ...(has("identity_reader") ? [{ name: "identity", label: "含完整身份证号", type: "checkbox" }] : []),
    ],
    submit: "导出",
    run: ({ reason, identity = false }) => send("/exports", { kind: "members", filter: typed(filter), reason, identity }),
  });
  if (!made) return;
  toast(made.state === "PENDING" ? "已提交，等待审批" : "正在生成文件");
  go("#/work/exports");
}
