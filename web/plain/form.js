// Forms: fields from a description, what they hold, and the server's answer
// beside the field that it is about.
import { h, newId } from "./dom.js";

// form makes a form. fields: [{ name, label, type, hint, required, value, options, … }];
// type is text, textarea, select, date, month, number, money, checkbox, file (accept) or password.
// compact sets short fields two abreast; run gets the values and may throw: the sentence is shown, and the form stays.
export function form({ fields, submit = "提交", run, after, compact }) {
  const controls = fields.map(control);
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const confirm = h("button", { type: "submit", class: "button main" }, submit);
  const element = h("form", { class: compact ? "form compact" : "form", novalidate: true }, controls.map((c) => c.element), problem, confirm, after);
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (confirm.disabled) return;
    confirm.disabled = true;
    problem.hidden = true;
    controls.forEach((c) => c.complain(""));
    try {
      await run(Object.fromEntries(controls.map((c) => [c.name, c.value()])));
    } catch (err) {
      showProblem(err, controls, problem);
    } finally {
      confirm.disabled = false;
    }
  });
  element.values = () => Object.fromEntries(controls.map((c) => [c.name, c.value()]));
  element.set = (name, value) => controls.find((c) => c.name === name).set(value);
  return element;
}

function showProblem(err, controls, problem) {
  const { fields, field } = err.details ?? {};
  const about = fields ?? (field ? { [field]: err.message } : {});
  const named = controls.filter((c) => about[c.name]);
  named.forEach((c) => c.complain(about[c.name]));
  if (named.length > 0) {
    named[0].focus();
    return;
  }
  problem.textContent = err.message;
  problem.hidden = false;
  problem.scrollIntoView({ block: "nearest" });
}

function control(field) {
  const id = newId();
  const input = makeInput(field, id);
  const complaint = h("span", { class: "problem", id: id + "p", role: "alert", hidden: true });
  input.setAttribute("aria-describedby", id + "p");
  const element = h("div", { class: field.type === "checkbox" ? "field check" : "field" },
    h("label", { for: id }, field.label, field.required && h("span", { class: "must", "aria-hidden": "true" }, " *")),
    input, field.extra, field.hint && h("span", { class: "hint" }, field.hint), complaint);
  return {
    name: field.name,
    element,
    value: () => valueOf(field, input),
    set: (value) => { input[field.type === "checkbox" ? "checked" : "value"] = value; },
    focus: () => input.focus(),
    complain: (sentence) => {
      complaint.textContent = sentence;
      complaint.hidden = sentence === "";
      input.setAttribute("aria-invalid", sentence === "" ? "false" : "true");
    },
  };
}

function makeInput(field, id) {
  const shared = { id, name: field.name, required: field.required, maxlength: field.max, placeholder: field.placeholder, autocomplete: "off" };
  switch (field.type) {
    case "textarea":
      return h("textarea", { ...shared, rows: field.rows ?? 4, value: field.value ?? "" });
    case "select": {
      const choices = field.options.map((o) => h("option", { value: o.value }, o.label));
      const list = h("select", shared, field.none !== undefined && h("option", { value: "" }, field.none), choices);
      list.value = field.value ?? (field.none !== undefined ? "" : field.options[0]?.value ?? "");
      return list;
    }
    case "checkbox":
      return h("input", { id, name: field.name, type: "checkbox", checked: field.value === true });
    case "file":
      return h("input", { id, name: field.name, type: "file", accept: field.accept ?? "image/*", multiple: field.multiple });
    case "money":
      return h("input", { ...shared, type: "text", inputmode: "decimal", value: field.value ?? "" });
    default:
      return h("input", { ...shared, type: field.type ?? "text", inputmode: field.keyboard, min: field.min, value: field.value ?? "" });
  }
}

function valueOf(field, input) {
  switch (field.type) {
    case "checkbox": return input.checked;
    case "file": return [...input.files];
    case "number": return input.value === "" ? undefined : Number(input.value);
    case "money": return input.value.trim() === "" && !field.required ? undefined : fen(input.value);
    case "select": return field.numeric ? Number(input.value) : input.value;
    default: return input.value.trim();
  }
}

// fen reads yuan as whole fen, with no arithmetic on fractions.
function fen(text) {
  const found = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(text.trim());
  if (found === null) throw new Error("金额请填写数字，最多两位小数，如 15.00");
  return Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0"));
}
