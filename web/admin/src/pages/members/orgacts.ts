// What an administrator above does about an organisation: set up, change, move, merge, dissolve. Its own administrator changes address and phone.
import { post, put, type Answer } from "@/api/client";
import { today } from "@/format";
import { act } from "@/parts/act";
import { words, type Field } from "@/parts/ask";
import { levels, options } from "@/words";
import { titles } from "./find";

export type Org = Answer<"get", "/orgs/{id}">;

const document: Field = { name: "document_no", label: "批复文号", max: 100 };
const day: Field = { name: "on", label: "生效日期", type: "date", required: true, value: today() };
const note = words("note", "说明", false, { max: 500, rows: 2 });

const fields = async (o?: Org): Promise<Field[]> => [
  { name: "name", label: "名称", required: true, max: 100, value: o?.name },
  { name: "kind", label: "类别", type: "select", options: await titles("org_kind"), value: o?.kind },
  { name: "official_code", label: "组织代码", max: 40, value: o?.official_code },
  { name: "founded_on", label: "设立日期", type: "date", value: o?.founded_on },
  { name: "address", label: "办公地址", max: 200, value: o?.address },
  { name: "phone", label: "办公电话", max: 30, value: o?.phone },
];
const joint = (o?: Org): Field[] => (!o || o.type === "BRANCH" ? [{ name: "is_joint", label: "联合党支部", type: "checkbox", value: o?.is_joint }] : []);

/** The levels that may stand below one. */
const below: Record<string, string[]> = { CITY: ["COMMITTEE", "GENERAL_BRANCH", "BRANCH"], COMMITTEE: ["COMMITTEE", "GENERAL_BRANCH", "BRANCH"], GENERAL_BRANCH: ["BRANCH"] };
export const holds = (o: Org) => !o.dissolved_on && o.type in below;

export const create = async (parent: Org) => act({
  title: "设立组织", text: `上级组织：${parent.name}`,
  fields: [{ name: "type", label: "级别", type: "select", required: true, options: options(levels).filter((l) => below[parent.type]?.includes(l.value)) }, ...await fields(), ...joint(), document],
  submit: "设立", run: (v) => post("/orgs", { body: { ...v, parent_id: parent.id } as never }),
}, "已设立");

export const change = async (o: Org) => act({
  title: "修改组织", text: "本组织的管理员可以修改办公地址和电话；名称、类别等由上级组织的管理员修改。",
  fields: [...await fields(o), ...joint(o), { name: "on", label: "更名生效日期", type: "date", hint: "更名时填写，不填即今天" }, document],
  submit: "保存", run: (v) => put("/orgs/{id}", { path: { id: o.id }, body: { ...v, is_joint: v.is_joint ?? o.is_joint, version: o.version } as never }),
}, "已保存");

export const units = (o: Org) => act({
  title: "联合单位", text: "联合党支部由哪些单位联合组成，每行一个。",
  fields: [words("units", "联合单位", false, { rows: 6, value: o.joint_units.join("\n") })], submit: "保存",
  run: (v) => put("/orgs/{id}/joint-units", { path: { id: o.id }, body: { units: String(v.units).split("\n").map((name) => name.trim()).filter(Boolean).map((name) => ({ name })), version: o.version } }),
}, "已保存");

export const move = (o: Org) => act({
  title: "调整隶属", text: `${o.name}连同下级组织一并调整，历史隶属保留。`, fields: [{ name: "parent_id", label: "新的上级组织", type: "org", required: true }, day, document, note],
  submit: "确认调整", run: (v) => post("/orgs/{id}/move", { path: { id: o.id }, body: { ...v, version: o.version } as never }),
}, "已调整");

export const merge = (o: Org) => act({
  title: "并入其他组织", text: `${o.name}的党员和下级组织转入所选组织，${o.name}随即撤销。`, fields: [{ name: "into_id", label: "并入", type: "org", required: true }, day, document, note],
  submit: "确认合并", run: (v) => post("/orgs/{id}/merge", { path: { id: o.id }, body: { ...v, version: o.version } as never }),
}, "已合并");

export const dissolve = (o: Org) => act({
  title: "撤销组织", text: `${o.name}须已没有党员和下级组织。撤销后角色、任职一并终止，历史保留。`, fields: [day, document, note],
  submit: "确认撤销", run: (v) => post("/orgs/{id}/dissolve", { path: { id: o.id }, body: { ...v, version: o.version } as never }),
}, "已撤销");
