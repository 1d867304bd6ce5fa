// How the state of a request is shown.
import { clocks, word } from "@/words";

export const states = {
  SUBMITTED: "待受理", ACCEPTED: "已受理", REFERRED: "已转交", RETURNED: "已退回", HANDLING: "办理中", CLOSED: "已办结", REOPENED: "重新办理", RATED: "已评价", UNRATED: "未评价",
  DECLINED: "不予受理", DUPLICATE: "已合并", WITHDRAWN: "已撤回", CONVERSATION: "转入会话",
};

/** Done, left aside, or on its way. */
export const stateTone = (state: string) => (["CLOSED", "RATED", "UNRATED"].includes(state) ? "good" : ["DECLINED", "WITHDRAWN", "DUPLICATE", "CONVERSATION"].includes(state) ? "" : "warn");

interface Reading { text: string; overdue: boolean; paused: boolean; remaining_days: number }

/** What the open limit says, and its tone; undefined where none runs. */
export function limitOf(r: { clock: string; clock_state?: Reading | null }): { text: string; tone: "bad" | "warn" | "" } | undefined {
  const c = r.clock_state;
  if (!c) return undefined;
  return { text: `${word(clocks, r.clock)}：${c.text}`, tone: c.overdue ? "bad" : !c.paused && r.clock !== "RATE" && c.remaining_days <= 1 ? "warn" : "" };
}
