// The pages of organisations and members.
import type { Section } from "../page";

export const members: Section = {
  groups: [
    ["组织和党员", [
      ["members", "党员名册", "members", () => import("./Members.vue")],
      ["imports", "名册导入", "imports", () => import("./Imports.vue")],
      ["exports", "导出申请", "exports", () => import("./Exports.vue")],
      ["rebinds", "换绑审批", "rebind_requests", () => import("./Rebinds.vue")],
    ]],
  ],
  inner: [
    ["members/new", "登记党员", "members", () => import("./MemberNew.vue")],
    ["members/:id/edit", "修改党员资料", "members", () => import("./MemberEdit.vue")],
    ["members/:id", "党员信息", "members", () => import("./Member.vue")],
    ["imports/:id", "名册导入", "imports", () => import("./Import.vue")],
  ],
};
