// The pages of citizens' requests.
import type { Section } from "../page";

export const o2o: Section = {
  groups: [
    ["诉求办理", [
      ["requests", "诉求", "requests", () => import("./Requests.vue")],
    ]],
  ],
  inner: [
    ["requests/:id", "诉求详情", "requests", () => import("./Request.vue")],
  ],
};
