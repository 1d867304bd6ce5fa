// The pages by which the city looks after the platform itself.
import type { Section } from "../page";

export const system: Section = {
  groups: [
    ["系统管理", [
      ["jobs", "定时任务", "jobs", () => import("./Jobs.vue")],
      ["deliveries", "投递记录", "deliveries", () => import("./Deliveries.vue")],
      ["templates", "消息模板", "deliveries", () => import("./Templates.vue")],
      ["rules", "规则数值", "rules", () => import("./Rules.vue")],
      ["workdays", "节假日安排", "calendar", () => import("./Workdays.vue")],
      ["audit", "审计日志", "audit", () => import("./Audit.vue")],
    ]],
  ],
  inner: [],
};
