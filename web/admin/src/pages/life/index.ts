// The pages of study and organisational life, and of development.
import type { Section } from "../page";

export const life: Section = {
  groups: [
    ["组织生活", [
      ["theme-days", "主题党日", "theme_days", () => import("./ThemeMonth.vue")],
      ["theme-days/list", "主题党日记录", "theme_days", () => import("./ThemeDays.vue")],
      ["developments", "发展党员", "developments", () => import("./Developments.vue")],
    ]],
  ],
  inner: [],
};
