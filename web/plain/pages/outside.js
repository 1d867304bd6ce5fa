// What the pages that need nobody signed in have in common: the way back, and the doors to each other.
import { h } from "../dom.js";
import { person } from "../platform.js";
import { cell, cells, link } from "../ui.js";

// home leads back: in a phone by the title bar, elsewhere by a link below the page.
export const back = () => person && "#/";
export const home = () => person === "" && h("a", { class: "button plain screen", href: "/", target: "_top" }, "回到首页");

// Each door: its address, its name, and what is behind it.
const doors = [
  ["#/report", "反映诉求", "无需登录，可匿名"], ["#/follow", "查询诉求进度", "凭编号和查询码"], ["#/units", "单位名录", "职责、服务时间、电话、公众号"],
  ["#/figures", "四率公示", "受理率、导办率、办结率、满意率"], ["#/released", "公开的诉求", "群众反映的问题和办理结果"],
];

// others is the list of the open pages about requests, but this one.
export const others = (here) => cells(doors.filter(([href]) => href !== here).map(([href, title, sub]) => cell({ href, title, sub })));

// reportLink is the button of whoever has something to say.
export const reportLink = () => link("我要反映诉求", "#/report", "main");
