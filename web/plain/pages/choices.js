// Lists that forms about requests choose from.
import { read } from "../api.js";

// unitChoices are the open units.
export async function unitChoices() {
  const { items } = await read("/departments");
  return items.map((d) => ({ value: d.id, label: d.name }));
}

// listed is a code list of the platform: request_topic, pause_reason, decline_reason, service_skill.
export async function listed(list) {
  const { items } = await read("/lookups", { list });
  return items.map((c) => ({ value: c.code, label: c.title }));
}

// yesNo is an answer that may be left open; truth reads it.
export const yesNo = (name, label, yes, no) => ({ name, label, type: "select", none: "未说明", options: [{ value: "yes", label: yes }, { value: "no", label: no }] });
export const truth = (answer) => (answer === "" ? null : answer === "yes");

// words is a field of several lines.
export const words = (name, label, required, rest) => ({ name, label, type: "textarea", rows: 3, required, max: 1000, ...rest });
