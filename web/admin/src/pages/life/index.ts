import type { Section } from "../page";

export const life: Section = {
  groups: [],
  inner: [],
};
