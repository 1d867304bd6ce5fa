import type { Section } from "../page";

export const members: Section = {
  groups: [],
  inner: [],
};
