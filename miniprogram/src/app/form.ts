// What a form asks for, and a sheet that asks it.
import { shallowReactive } from "vue";

export interface Choice {
  value: string;
  label: string;
}

export interface Field {
  name: string;
  label: string;
  /** text, words (several lines), number, money (yuan; the value is fen as a number), date, chips (a few), pick (many), yes (a switch). */
  kind?: "text" | "words" | "number" | "money" | "date" | "chips" | "pick" | "yes";
  required?: boolean;
  max?: number;
  hint?: string;
  placeholder?: string;
  options?: Choice[];
  /** What stands there at first. */
  value?: string | boolean;
}

/** What was typed: text, or true and false of a switch; a number where a page keeps one beside them. */
export type Values = Record<string, string | boolean | number>;

export const textOf = (v: Values, name: string) => String(v[name] ?? "").trim();
export const yesOf = (v: Values, name: string) => v[name] === true;

/** A number that was typed, or undefined where nothing was. */
export const numberOf = (v: Values, name: string) => (textOf(v, name) === "" ? undefined : Number(textOf(v, name)));

/** An answer that may be left open. */
export const truthOf = (v: Values, name: string) => (textOf(v, name) === "" ? null : textOf(v, name) === "yes");

export const startOf = (fields: Field[]): Values => Object.fromEntries(fields.map((f) => [f.name, f.value ?? (f.kind === "yes" ? false : "")]));

/** What is missing, as a sentence; null when nothing is. */
export function missing(fields: Field[], v: Values): string | null {
  const lacking = fields.find((f) => f.required && f.kind !== "yes" && textOf(v, f.name) === "");
  return lacking ? `请填写${lacking.label}` : null;
}

export interface Question {
  title: string;
  text?: string;
  fields?: Field[];
  submit?: string;
  /** One button alone. */
  only?: boolean;
  /** What is done with the answer. What it throws is shown in the sheet, which stays. */
  run?(v: Values): unknown;
}

export interface SheetState {
  question: Question | null;
  done(answered: boolean): void;
  ask(question: Question): Promise<boolean>;
}

/** A sheet for one page: ask() resolves to true once its answer has been dealt with, to false after thinking better of it. */
export function useSheet(): SheetState {
  const state = shallowReactive<SheetState>({
    question: null,
    done: () => {},
    ask: (question) => new Promise((resolve) => {
      state.question = question;
      state.done = (answered) => {
        state.question = null;
        resolve(answered);
      };
    }),
  });
  return state;
}
