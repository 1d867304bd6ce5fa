import type { Section } from "../page";

export const system: Section = {
  groups: [],
  inner: [],
};
