// The pages inside the frame, with the places that they have in the menu. A page opens when the server offers one of its modules.
import type { RouteRecordRaw } from "vue-router";
import { dues } from "./dues";
import { life } from "./life";
import { members } from "./members";
import { o2o } from "./o2o";
import type { Line } from "./page";
import { system } from "./system";

const sections = [o2o, members, life, dues, system];

/** A group of the menu: its name and its pages. */
export interface Group {
  name: string;
  pages: { path: string; title: string; modules: string[] }[];
}

const record = ([path, title, modules, component]: Line): RouteRecordRaw => ({ path, component: component as () => Promise<never>, meta: { title, modules: modules.split(" ") } });

export const menu: Group[] = sections.flatMap((s) => s.groups).map(([name, lines]) => ({ name, pages: lines.map(([path, title, modules]) => ({ path, title, modules: modules.split(" ") })) }));

export const pages: RouteRecordRaw[] = [
  { path: "", component: () => import("./entry/Home.vue"), meta: { title: "工作台" } },
  ...sections.flatMap((s) => [...s.groups.flatMap(([, lines]) => lines), ...s.inner]).map(record),
  { path: ":rest(.*)*", component: () => import("./entry/Missing.vue"), meta: { title: "没有这个页面" } },
];
