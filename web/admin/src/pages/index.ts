// The pages inside the frame, with the places that they have in the menu. A page opens when the server offers one of its modules.
import type { RouteRecordRaw } from "vue-router";

/** A group of the menu: its name and its pages. */
export interface Group {
  name: string;
  pages: { path: string; title: string; modules: string[] }[];
}

type Load = () => Promise<unknown>;
type Line = [path: string, title: string, modules: string, load: Load];

const groups: [string, Line[]][] = [
];

/** Pages that a list or a figure opens. */
const inner: Line[] = [
];

const record = ([path, title, modules, component]: Line): RouteRecordRaw => ({ path, component: component as () => Promise<never>, meta: { title, modules: modules.split(" ") } });

export const menu: Group[] = groups.map(([name, lines]) => ({ name, pages: lines.map(([path, title, modules]) => ({ path, title, modules: modules.split(" ") })) }));

export const pages: RouteRecordRaw[] = [
  { path: "", component: () => import("./entry/Home.vue"), meta: { title: "工作台" } },
  ...groups.flatMap(([, lines]) => lines.map(record)),
  ...inner.map(record),
  { path: ":rest(.*)*", component: () => import("./entry/Missing.vue"), meta: { title: "没有这个页面" } },
];
