// The pages of party dues.
import type { Section } from "../page";

export const dues: Section = {
  groups: [
    ["党费", [
      ["bills", "党费账单", "dues", () => import("./Bills.vue")],
    ]],
  ],
  inner: [],
};
