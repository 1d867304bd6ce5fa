// What the codes of these pages are called.

export const families = { org: "组织", member: "党员", development: "发展党员", sheet: "导入导出", dues: "党费", o2o: "诉求" };

export const patterns = { daily: "每天", monthly: "每月某日", month_end: "每月最后一天", every: "每隔若干分钟" };
