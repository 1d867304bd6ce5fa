// Questions that stand in front of a page.
import { h } from "./dom.js";
import { form } from "./form.js";

// ask shows a form in front of the page. It resolves to what run returns (or
// true), or to null when the person thinks better of it; with cancel: null
// there is one button alone. What run throws is shown in the form, which stays.
export function ask({ title, text, fields = [], submit = "确定", cancel = "取消", run }) {
  return new Promise((resolve) => {
    let answer = null;
    const box = h("dialog", { class: "dialog", "aria-label": title });
    const close = cancel && h("button", { type: "button", class: "button plain", onclick: () => box.close() }, cancel);
    box.append(
      h("h2", null, title),
      text ? h("p", { class: "dialog-text" }, text) : "",
      form({
        fields, submit, after: close,
        run: async (values) => {
          answer = (await run?.(values)) ?? true;
          box.close();
        },
      }),
    );
    box.addEventListener("close", () => {
      box.remove();
      resolve(answer);
    });
    document.body.append(box);
    box.showModal();
  });
}
