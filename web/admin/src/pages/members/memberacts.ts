// What an administrator does about one member: decisions, the transfer of the affiliation, a stay elsewhere.
import { get, post, upload, type Answer } from "@/api/client";
import { today } from "@/format";
import { act } from "@/parts/act";
import { words } from "@/parts/ask";
import { decisions, options } from "@/words";
import { branches } from "./find";
import { grounds } from "./words";

type Member = Answer<"get", "/members/{id}">;

/** The decisions that can follow what the member is now; the server checks the limits. */
function possible(m: Member): [string, string][] {
  const active = m.standing === "ACTIVE";
  const there = active || m.standing === "SUSPENDED";
  const may: Record<string, boolean> = {
    LOST: active && !m.lost_since, FOUND: there && !!m.lost_since, SUSPEND: active, RECTIFY: active, WATCH: active, REMOVE: there, DEATH: there, RESTORE: true,
  };
  return Object.entries(decisions).filter(([kind]) => may[kind]);
}

export const decide = (m: Member) => act({
  title: "登记党籍处理决定", text: `${m.name}　${m.org_name}\n停止党籍、留党察看、出党须经上级批准，由上级组织的管理员登记。`,
  fields: [
    { name: "kind", label: "决定", type: "select", required: true, options: possible(m).map(([value, label]) => ({ value, label })) },
    { name: "ground", label: "事由", type: "select", options: options(grounds), none: "停止党籍、出党时选择" },
    { name: "decided_on", label: "决定日期", type: "date", required: true, value: today() },
    { name: "effective_on", label: "生效日期", type: "date", hint: "不填即决定日期" },
    { name: "until_on", label: "截止日期", type: "date", hint: "限期改正、留党察看时填写" },
    { name: "decided_by", label: "作出决定的会议或组织", max: 100 },
    { name: "document_no", label: "批复文号", max: 100 },
    ...(m.left_on ? [{ name: "org_id", label: "恢复到的支部", type: "org" as const, hint: "不填即原支部" }] : []),
    words("reason", "理由", true, { max: 500 }),
  ],
  submit: "登记",
  run: (v) => post("/members/{id}/decisions", { path: { id: m.id }, body: { ...v, version: m.version } as never }),
}, "已登记");

export const attach = (decision: number) => act({
  title: "上传处理决定文件", text: "上传后不能更换。", fields: [{ name: "file", label: "文件", type: "file", required: true, accept: ".pdf,.jpg,.jpeg,.png", hint: "PDF 或图片" }],
  submit: "上传", run: (v) => upload("/standing-decisions/{id}/file", { path: { id: decision } }, v.file),
}, "已上传");

export const transfer = (m: Member) => act({
  title: "转接组织关系", text: `${m.name}　${m.org_name}\n接收以前仍由现支部管理。接收支部在平台内的选择支部，在平台以外的填写组织名称，二者填一项。`,
  fields: [
    { name: "to_org_id", label: "接收支部（平台内）", type: "select", find: branches },
    { name: "to_name", label: "接收组织名称（平台以外）", max: 100 },
    words("reason", "转接原因", true, { max: 500 }),
    { name: "letter_no", label: "介绍信编号", max: 100 },
    { name: "dues_paid_to", label: "党费交至月份", type: "month" },
  ],
  submit: "提交", run: (v) => post("/members/{id}/transfers", { path: { id: m.id }, body: { ...v, version: m.version } as never }),
}, "已提交，等待接收");

export const floatOut = (m: { id: number; name: string; org_name: string }) => act({
  title: "登记流出党员", text: `${m.name}　${m.org_name}\n外出六个月以上的登记为流动党员，组织关系不变。`,
  fields: outFields, submit: "登记", run: (v) => post("/floating/out", { body: { ...v, member_id: m.id } as never }),
}, "已登记");

export const outFields = [
  { name: "place", label: "外出地点", required: true, max: 200 },
  { name: "left_on", label: "外出日期", type: "date" as const, required: true },
  { name: "expected_until", label: "预计返回日期", type: "date" as const, hint: "不定的不填" },
  { name: "host_org_id", label: "流入支部（平台内）", type: "select" as const, find: branches },
  { name: "host_name", label: "流入地党组织名称（平台以外）", max: 100, hint: "流入支部和流入地党组织填一项；没有的都不填" },
  { name: "abroad", label: "出国（境）", type: "checkbox" as const },
  { name: "card_no", label: "流动党员活动证编号", max: 100 },
  words("reason", "外出原因", false, { max: 500, rows: 2 }),
];

/** The course by which the member came, if it was followed here. */
export async function courseOf(m: Member): Promise<number | undefined> {
  const { items } = await get("/developments", { query: { org_id: m.org_id, q: m.name, size: 20 } });
  return items.find((d) => d.member_id === m.id)?.id;
}
