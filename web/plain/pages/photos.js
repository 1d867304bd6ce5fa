// Pictures that only a session may read, fetched one by one.
import { picture } from "../api.js";
import { h } from "../dom.js";
import { button } from "../ui.js";

// photos shows files; with a function, each has a button that takes it away.
export function photos(fileIds, takeAway) {
  return h("div", { class: "photos" }, fileIds.map((id, i) => {
    const shown = h("img", { alt: `照片 ${i + 1}` });
    picture(id).then((address) => { shown.src = address; }, () => { shown.alt = "照片无法显示"; });
    return h("figure", { class: "photo" }, shown, takeAway && button("删除", () => takeAway(id), "small"));
  }));
}
