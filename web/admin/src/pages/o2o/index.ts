import type { Section } from "../page";

export const o2o: Section = {
  groups: [],
  inner: [],
};
