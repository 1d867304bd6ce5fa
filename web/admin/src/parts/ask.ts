// A question to the person in a dialog: words, fields, and what is done with the answers. What the server refuses stands in the dialog, and what was typed stays.
import { shallowRef } from "vue";

export interface Choice { value: string | number; label: string }

export interface Field {
  name: string;
  label: string;
  type?: "text" | "textarea" | "password" | "number" | "money" | "date" | "month" | "select" | "checkbox" | "file" | "org";
  required?: boolean;
  value?: unknown;
  options?: Choice[];
  /** Choices that are looked up by what was typed, where they are too many for a list. */
  find?: (typed: string) => Promise<Choice[]>;
  /** A select of several. */
  multiple?: boolean;
  /** What stands in a select when nothing is chosen. */
  none?: string;
  hint?: string;
  max?: number;
  rows?: number;
  accept?: string;
  /** Texts to begin an answer with. */
  drafts?: () => Promise<{ title: string; text: string }[]>;
}

export type Values = Record<string, any>;

export interface Question {
  title: string;
  text?: string;
  fields?: Field[];
  submit?: string;
  /** Only something to be read. */
  notice?: boolean;
  run?: (values: Values) => Promise<unknown>;
}

export interface Asked extends Question {
  answer: (result: unknown) => void;
}

export const asked = shallowRef<Asked | null>(null);

/** Asks, and gives what run made of the answers (true if it made nothing); undefined if the person thought better of it. */
export const ask = <R = unknown>(question: Question): Promise<R | undefined> => new Promise((resolve) => {
  asked.value = { ...question, answer: (result) => { asked.value = null; resolve(result as R | undefined); } };
});

export const words = (name: string, label: string, required = false, more: Partial<Field> = {}): Field => ({ name, label, type: "textarea", rows: 3, required, max: 1000, ...more });
