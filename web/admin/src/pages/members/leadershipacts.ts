// Elections, by-elections and departures. The software elects nobody: the meeting did; what was counted is written down.
import { post, type Answer } from "@/api/client";
import { today } from "@/format";
import { act } from "@/parts/act";
import { words, type Field, type Values } from "@/parts/ask";
import { options } from "@/words";
import { members } from "./find";
import { posts } from "./words";

export type Leadership = Answer<"get", "/orgs/{id}/leadership">;
type Post = Leadership["posts"][number];
type Term = NonNullable<Leadership["term"]>;

const postFields = (org: number): Field[] => Object.entries(posts).map(([post, title]) => ({
  name: "post_" + post, label: `当选${title}`, type: "select", find: members(org), multiple: post !== "SECRETARY",
}));
const elected = (v: Values) => Object.keys(posts).flatMap((post) => [v["post_" + post] ?? []].flat().map((member_id: number) => ({ member_id, post })));

export const elect = (org: { id: number; name: string; type: string }) => act({
  title: "登记换届选举", text: `${org.name}\n登记后新一届任期开始，上一届任职在选举日终止。${org.type === "BRANCH" ? "有选举权人数由名册计算。" : ""}`,
  fields: [
    { name: "elected_on", label: "选举日期", type: "date", required: true, value: today() },
    { name: "number", label: "届次", type: "number", hint: "不填即上一届加一" },
    { name: "ends_on", label: "任期届满日期", type: "date", hint: "不填即规定的任期" },
    ...(org.type === "BRANCH" ? [] : [{ name: "voters", label: "有选举权人数", type: "number" as const }]),
    { name: "present", label: "到会有选举权人数", type: "number" },
    { name: "yes", label: "赞成票", type: "number" }, { name: "no", label: "反对票", type: "number" }, { name: "abstain", label: "弃权票", type: "number" },
    { name: "excluded", label: "不计入应到人数的党员", type: "select", find: members(org.id), multiple: true, hint: "患病、出国等按规定不计入的" },
    { name: "excluded_why", label: "不计入的原因", max: 200 },
    ...postFields(org.id),
    { name: "document_no", label: "批复文号", max: 100 },
  ],
  submit: "登记",
  run: (v) => {
    const who = elected(v);
    if (who.length === 0) throw new Error("请选择当选人员");
    if (v.excluded.length && !v.excluded_why) throw new Error("请填写“不计入的原因”");
    const { elected_on, number, ends_on, voters, present, yes, no, abstain, document_no } = v;
    return post("/orgs/{id}/terms", { path: { id: org.id }, body: {
      elected_on, number, ends_on: ends_on || undefined, voters, present, yes, no, abstain, document_no, elected: who, exclusions: v.excluded.map((member_id: number) => ({ member_id, reason: v.excluded_why })),
    } as never });
  },
}, "已登记");

export const appoint = (org: { id: number; name: string }) => act({
  title: "登记补选或任职", text: org.name,
  fields: [
    { name: "post", label: "职务", type: "select", required: true, options: options(posts) }, { name: "member_id", label: "党员", type: "select", required: true, find: members(org.id) },
    { name: "from_on", label: "任职日期", type: "date", required: true, value: today() }, words("note", "说明", false, { max: 200, rows: 2 }),
  ],
  submit: "登记", run: (v) => post("/orgs/{id}/posts", { path: { id: org.id }, body: v as never }),
}, "已登记");

export const leavePost = (p: Post) => act({
  title: "登记离任", text: `${p.title}　${p.member_name}`, fields: [{ name: "on", label: "离任日期", type: "date", required: true, value: today() }, words("note", "离任原因", true, { max: 200, rows: 2 })],
  submit: "登记", run: (v) => post("/posts/{id}/end", { path: { id: p.id }, body: v as never }),
}, "已登记");

export const postpone = (t: Term) => act({
  title: "登记延期换届", text: `第 ${t.number} 届任期至 ${t.ends_on}。延期须经上级批准，由上级组织的管理员登记。`,
  fields: [{ name: "until", label: "延期至", type: "date", required: true }, { name: "document_no", label: "批复文号", required: true, max: 100 }],
  submit: "登记", run: (v) => post("/terms/{id}/postponement", { path: { id: t.id }, body: v as never }),
}, "已登记");
