// What a button does: one question or none, one call, and a word about it.
import { ElMessage } from "element-plus";
import { sentence } from "@/api/client";
import { ask, type Question } from "./ask";

/** Says that something is done. */
export const said = (text: string) => void ElMessage.success(text);

/** Asks, and says done afterwards; tells whether it was done. */
export async function act(question: Question, done = "已办理"): Promise<boolean> {
  const made = await ask(question);
  if (made === undefined) return false;
  said(done);
  return true;
}

/** Does something that needs no question; what went wrong is shown. */
export async function attempt(run: () => Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await run();
    if (done) said(done);
    return true;
  } catch (err) {
    ElMessage.error(sentence(err));
    return false;
  }
}
