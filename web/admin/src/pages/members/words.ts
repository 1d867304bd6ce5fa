// What the codes of these pages are called.

export const importKinds = { members: "党员名册", orgs: "党组织名册" };

/** The badge of an import by its state. */
export const importTone = (state: string) => ({ IMPORTED: "good", REFUSED: "bad", FAILED: "bad", UNDONE: "" } as const)[state] ?? "warn";
