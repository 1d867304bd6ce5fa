// The pages of party dues.
import type { Section } from "../page";

export const dues: Section = {
  groups: [
    ["党费", [
      ["dues", "收缴情况", "collection", () => import("./Collection.vue")],
      ["bills", "党费账单", "dues", () => import("./Bills.vue")],
      ["payments", "缴费复核", "dues", () => import("./Payments.vue")],
    ]],
  ],
  inner: [],
};
