// 导入: templates, the upload of a list, and what was brought in so far.
import { download, read, upload } from "../api.js";
import { h, toast } from "../dom.js";
import { form } from "../form.js";
import { when } from "../format.js";
import { go, withQuery } from "../router.js";
import { administered } from "../session.js";
import { badge, button, buttons, card, cell, cells, link, pager } from "../ui.js";
import { importStates, word } from "../words.js";

const kinds = { members: "党员名册", orgs: "党组织名册" };
const size = 20;

export async function imports({ query }) {
  const { items, total } = await read("/imports", { page: query.page, size });
  return {
    title: "导入导出",
    body: [
      card("第一步：下载模板", h("p", { class: "sub" }, "按模板填写，每个党员或组织一行。身份证号请保持文本格式。"),
        buttons(Object.entries(kinds).map(([kind, name]) => button(name + "模板", () => download("/imports/template?kind=" + kind), "plain")))),
      card("第二步：上传检查", h("p", { class: "sub" }, "上传后逐行检查，不会立即导入；检查结果中写明每一行的问题。"), form({
        fields: [
          { name: "kind", label: "名册", type: "select", options: Object.entries(kinds).map(([value, label]) => ({ value, label })) },
          { name: "org_id", label: "导入到", type: "select", options: administered().map((r) => ({ value: r.org_id, label: r.org_name + "及下级" })) },
          { name: "file", label: "Excel 文件", type: "file", accept: ".xlsx", hint: "xlsx 格式，不含宏" },
        ],
        submit: "上传",
        run: async ({ kind, org_id, file }) => {
          if (file.length === 0) throw new Error("请选择要上传的文件");
          const made = await upload("/imports?" + new URLSearchParams({ kind, org_id }), file[0]);
          toast("已上传，正在检查");
          go("#/work/imports/" + made.id);
        },
      })),
      card("导入记录", cells(items.map((i) => cell({
        title: i.file_name || i.title, sub: [`${i.title}　${i.org_name}`, `${i.created_by || "系统"}　${when(i.created_at)}`, counts(i)], side: stateBadge(i), href: "#/work/imports/" + i.id,
      })), "还没有导入过名册")),
      pager(query.page, size, total, (page) => withQuery({ page })),
      link("导出申请", "#/work/exports"),
    ],
    back: "#/work",
  };
}

const counts = (i) => i.total > 0 && `共 ${i.total} 行${i.bad > 0 ? `，有问题 ${i.bad} 行` : ""}`;

const tones = { IMPORTED: "good", REFUSED: "bad", FAILED: "bad", UNDONE: "" };

// stateBadge marks how far an import is.
export const stateBadge = (i) => badge(word(importStates, i.state), tones[i.state] ?? "warn");
