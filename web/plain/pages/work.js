// 工作: the doors to an administrator's or a leader's work.
import { h } from "../dom.js";
import { may } from "../session.js";
import { card, cell, cells } from "../ui.js";
import { roleLines } from "./me.js";

// Each door: the module that opens it, or several, its name, what it is for, and its address.
const groups = [
  ["组织和党员", [
    ["orgs", "组织", "组织树、领导班子、预警、工作进度、标准化建设", "#/work/orgs"],
    ["members", "党员名册", "查询党员、资料修改、微信绑定情况", "#/work/members"],
    ["developments", "发展党员", "二十五个步骤、时限、材料、表决", "#/work/developments"],
    ["structure", "结构分析", "年龄、学历、职业等结构，党员队伍变动", "#/work/structure"],
    ["imports", "导入", "Excel 模板、检查、导入、撤销", "#/work/imports"],
    ["exports", "导出申请", "审批、下载名单", "#/work/exports"],
  ]],
  ["支部工作", [
    ["theme_days", "主题党日", "主题、内容、参会人员、记录、照片", "#/work/theme-days"],
    ["theme_days", "主题党日统计", "各党委开展次数、未完成警示名单", "#/work/statistics"],
    ["rebind_requests", "换绑审批", "党员更换微信的申请", "#/work/rebinds"],
  ]],
  ["党费", [
    ["collection", "收缴情况", "收缴率、欠缴，逐级到支部", "#/work/dues"],
    ["dues", "账单", "按月份和状态查看，登记缴纳", "#/work/bills"],
    ["dues", "缴费复核", "待复核的现金和转账，退款", "#/work/payments"],
    ["arrears", "欠缴", "提醒节点、谈话、处理结果", "#/work/arrears"],
    ["dues", "减免", "支部申请，上级党委审批", "#/work/reliefs"],
    ["collection", "季度对比", "与上季度比较，问题清单", "#/work/quarter"],
    ["arrears", "党费收支", "余额、现金存入、上缴、使用、公布", "#/work/dues/money"],
    ["dues", "大额党费", "自愿多缴的党费，全额上缴", "#/work/dues/specials"],
    ["dues", "提醒名单", "谁收到了提醒、经何渠道、是否已缴", "#/work/reminders"],
    ["dues", "未核定党员", "尚未核定党费的党员", "#/work/unassessed"],
    ["dues", "党费设置", "代缴、按季缴纳、党费日、收入项目", "#/work/dues/settings"],
    ["reconciliation", "对账差异", "与微信支付的差异", "#/work/differences"],
  ]],
  ["诉求办理", [
    ["requests", "诉求", "待办、按到期先后", "#/requests"],
    ["requests", "公众号会话", "不是诉求的来信，在这里回复", "#/work/conversations"],
    ["requests", "提醒和督办", "到期提醒、逾期督办、逾期通报", "#/work/warnings"],
    ["requests", "回访", "办结后回访群众", "#/work/revisits"],
    ["requests", "责任追究", "提出、认定", "#/work/accountability"],
    ["requests", "剔除申请", "不合理诉求，两人确认", "#/work/exclusions"],
    ["requests", "激励、督查和整改", "考核记录，两人确认", "#/work/marks"],
  ]],
  ["诉求分析", [
    ["requests", "四率", "受理率、导办率、办结率、满意率，每个数字可点开名单", "#/work/rates"],
    ["requests", "本周将超期", "按单位和日期", "#/work/forecast"],
    ["requests", "诉求热点", "集中反映的主题和地点", "#/work/hotspots"],
    ["requests", "单位得分", "各单位和工作人员的月度得分", "#/work/scores"],
  ]],
  ["党员服务", [
    [["requests", "orgs"], "党员服务队", "队员、技能、区域、值班", "#/work/teams"],
    [["requests", "orgs"], "服务点单", "接单、派单、上门、确认", "#/work/orders"],
  ]],
  ["全市管理", [
    ["official_accounts", "部门公众号", "接入各单位的微信公众号", "#/work/accounts"],
    ["jobs", "定时任务", "运行情况、手动运行", "#/work/jobs"],
    ["deliveries", "投递记录", "微信提醒的发送结果", "#/work/deliveries"],
    ["audit", "审计日志", "谁在何时做了什么", "#/work/audit"],
  ]],
];

// worksHere tells whether the person finds anything on this page.
export const worksHere = () => groups.some(([, doors]) => doors.some(open));

const open = ([modules]) => [modules].flat().some(may);

export async function work() {
  const shown = groups.map(([name, doors]) => [name, doors.filter(open)]).filter(([, doors]) => doors.length > 0);
  return {
    title: "工作",
    body: [
      h("p", { class: "sub" }, roleLines().join("、")),
      shown.map(([name, doors]) => card(name, cells(doors.map(([, title, sub, href]) => cell({ title, sub, href }))))),
    ],
  };
}
