// What a module says of its pages.

/** A page: its address, its title, the modules of which one opens it (words with a space between), and how it is loaded. */
export type Line = [path: string, title: string, modules: string, load: () => Promise<unknown>];

/** The pages of a module: groups for the menu, and pages that a list or a figure opens. */
export interface Section {
  groups: [name: string, lines: Line[]][];
  inner: Line[];
}
