// Roles are given and taken by an administrator of an organisation above; a hand-over passes an administrator's role on.
import { get, post, remove, type Answer } from "@/api/client";
import { act } from "@/parts/act";
import { words } from "@/parts/ask";
import { cityAdmin } from "@/session";
import { options, roles, word } from "@/words";
import { members } from "./find";

export type Grant = Answer<"get", "/roles">["items"][number];

const { desk, department_leader, department_handler, ...ofOrgs } = roles;

/** Gives a role in one organisation. */
export const grant = (org_id: number, org_name: string, role?: string) => act({
  title: "授予角色", text: org_name,
  fields: [
    { name: "role", label: "角色", type: "select", required: true, options: options(ofOrgs), value: role },
    { name: "member_id", label: "党员", type: "select", required: true, find: members() },
  ],
  submit: "授予", run: (v) => post("/roles", { body: { ...v, org_id } as never }),
}, "已授予");

/** Gives a role anywhere that the person administers. */
export async function grantAnywhere() {
  const units = cityAdmin() ? (await get("/departments")).items : [];
  return act({
    title: "授予角色", text: cityAdmin() ? "受理台不选择组织和单位；部门领导、部门经办人只选择单位；其他角色只选择组织。" : undefined,
    fields: [
      { name: "role", label: "角色", type: "select", required: true, options: options(cityAdmin() ? roles : ofOrgs) },
      { name: "member_id", label: "党员", type: "select", required: true, find: members() },
      { name: "org_id", label: "组织", type: "org" },
      ...(cityAdmin() ? [{ name: "department_id", label: "单位", type: "select" as const, options: units.map((u) => ({ value: u.id, label: u.name })), none: "不选" }] : []),
    ],
    submit: "授予", run: (v) => post("/roles", { body: v as never }),
  }, "已授予");
}

export const revoke = (g: Grant) => act({
  title: "收回角色", text: `收回${g.name || "该账号"}在${g.department_name || g.org_name}的“${word(roles, g.role)}”角色？收回后立即生效。`, submit: "确认收回",
  run: () => remove("/roles/{id}", { path: { id: g.id } }),
}, "已收回");

/** Hands the work of an organisation's administrator over to a successor. */
export const handOver = (org_id: number, org_name: string, admins: Grant[], self: number | undefined) => act({
  title: "发起工作交接", text: `${org_name}\n交接清单在发起时生成；接任人接收后，管理员角色转给接任人。`,
  fields: [
    { name: "from_member_id", label: "移交人", type: "select", options: admins.filter((g) => g.member_id).map((g) => ({ value: g.member_id!, label: g.name })), value: admins.find((g) => g.member_id === self)?.member_id, none: "本人" },
    { name: "to_member_id", label: "接任人", type: "select", required: true, find: members() },
    words("note", "交接说明", false, { max: 500 }),
  ],
  submit: "发起", run: (v) => post("/orgs/{id}/handovers", { path: { id: org_id }, body: v as never }),
}, "已发起，等待接任人接收");
