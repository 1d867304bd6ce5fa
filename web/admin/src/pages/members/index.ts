// The pages of organisations and members.
import type { Section } from "../page";

export const members: Section = {
  groups: [
    ["组织和党员", [
      ["orgs", "组织", "orgs", () => import("./Orgs.vue")],
      ["members", "党员名册", "members", () => import("./Members.vue")],
      ["transfers", "组织关系转接", "transfers", () => import("./Transfers.vue")],
      ["floating", "流动党员", "floating", () => import("./FloatingList.vue")],
      ["congresses", "党代表大会", "delegates", () => import("./Congresses.vue")],
      ["delegates", "党代表", "delegates", () => import("./Delegates.vue")],
      ["roles", "角色授权", "roles", () => import("./Roles.vue")],
      ["vacancies", "管理员空缺", "orgs", () => import("./Vacancies.vue")],
      ["handovers", "工作交接", "handovers", () => import("./Handovers.vue")],
      ["imports", "名册导入", "imports", () => import("./Imports.vue")],
      ["exports", "导出申请", "exports", () => import("./Exports.vue")],
      ["rebinds", "换绑审批", "rebind_requests", () => import("./Rebinds.vue")],
    ]],
  ],
  inner: [
    ["orgs/:id", "组织", "orgs", () => import("./OrgPage.vue")],
    ["members/new", "登记党员", "members", () => import("./MemberNew.vue")],
    ["members/:id/edit", "修改党员资料", "members", () => import("./MemberEdit.vue")],
    ["members/:id", "党员信息", "members", () => import("./Member.vue")],
    ["transfers/:id", "组织关系转接", "transfers", () => import("./Transfer.vue")],
    ["floating/:id", "流动党员", "floating", () => import("./FloatingStay.vue")],
    ["congresses/:id", "党代表大会", "delegates", () => import("./Congress.vue")],
    ["handovers/:id", "工作交接", "handovers", () => import("./Handover.vue")],
    ["movement/list", "队伍变动名单", "structure", () => import("./MovementList.vue")],
    ["imports/:id", "名册导入", "imports", () => import("./Import.vue")],
  ],
};
