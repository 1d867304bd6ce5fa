// The fields of a member's form, by groups.
import { get } from "@/api/client";
import type { Choice } from "@/parts/ask";
import { memberStatuses, options } from "@/words";
import { titles } from "./find";

export interface FormField {
  name: string;
  label: string;
  type?: "text" | "select" | "date" | "checkbox" | "org";
  required?: boolean;
  options?: Choice[];
  max?: number;
  hint?: string;
}

export type FormGroup = [title: string, fields: FormField[]];

const lists = ["ethnic_group", "education", "degree", "occupation"] as const;
export type Lists = Record<(typeof lists)[number], Choice[]>;

/** The code lists that the form chooses from. */
export async function readLists(): Promise<Lists> {
  const found = await Promise.all(lists.map(titles));
  return Object.fromEntries(lists.map((name, i) => [name, found[i]])) as Lists;
}

/** The groups of a branch, to choose from. */
export const groupChoices = async (org: number): Promise<Choice[]> => (await get("/orgs/{id}/groups", { path: { id: org } })).items.map((g) => ({ value: g.id, label: g.name }));

/** All fields; a new member's come with the branch, the kind and where he or she comes from. */
export function memberFields(l: Lists, groups: Choice[], fresh: boolean): FormGroup[] {
  return [
    ...(fresh ? [["来源", [
      { name: "org_id", label: "党支部", type: "org", required: true }, { name: "status", label: "党员类别", type: "select", required: true, options: options(memberStatuses) },
      { name: "joined_on", label: "转入日期", type: "date", hint: "不填即今天" }, { name: "document_no", label: "介绍信或来源文件编号", required: true, max: 100 },
    ]] as FormGroup] : []),
    ["基本信息", [
      { name: "name", label: "姓名", required: true, max: 50 },
      { name: "id_number", label: "身份证号", required: fresh, max: 20, hint: fresh ? "性别和出生日期由身份证号得出" : "不更正时请保留遮盖的号码；由上级组织的管理员更正" },
      { name: "ethnic_group", label: "民族", type: "select", required: true, options: l.ethnic_group }, { name: "native_place", label: "籍贯", max: 50 },
      { name: "phone", label: "手机号", max: 20, hint: fresh ? undefined : "不修改时请保留遮盖的号码" }, { name: "landline", label: "固定电话", max: 30 },
      { name: "address", label: "家庭住址", max: 200, hint: fresh ? undefined : "不修改时请保留遮盖的住址" },
    ]],
    ["党员信息", [
      { name: "admitted_on", label: "入党日期", type: "date", required: true }, { name: "approved_on", label: "批准日期", type: "date" },
      { name: "full_on", label: "转正日期", type: "date", hint: "正式党员填写" }, { name: "group_id", label: "党小组", type: "select", options: groups },
      { name: "exempt", label: "免于参加活动（年老、体弱、重病）", type: "checkbox" },
    ]],
    ["学习工作", [
      { name: "education", label: "学历", type: "select", options: l.education }, { name: "degree", label: "学位", type: "select", options: l.degree },
      { name: "occupation", label: "职业", type: "select", options: l.occupation }, { name: "work_unit", label: "工作单位", max: 100 },
      { name: "work_post", label: "工作岗位", max: 50 }, { name: "is_cadre", label: "科级干部", type: "checkbox" },
    ]],
    ["办理", [{ name: "reason", label: fresh ? "来源说明" : "修改原因", required: true, max: 200 }]],
  ];
}

/** What is sent of the form: texts without spaces around, empty choices left out. */
export function collect(groups: FormGroup[], values: Record<string, unknown>): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const f of groups.flatMap(([, fields]) => fields)) {
    const v = values[f.name];
    const text = typeof v === "string" ? v.trim() : v;
    if (f.required && (text === undefined || text === null || text === "")) throw new Error(`请填写“${f.label}”`);
    if (f.type === "checkbox") given[f.name] = !!text;
    else if (text !== undefined && text !== null && !(text === "" && f.name === "group_id")) given[f.name] = text;
  }
  return given;
}
