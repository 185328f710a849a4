/** The parts of the panel, in the order of their tabs. */
export const parts = ["convert", "snapshots", "compare", "report", "share"] as const;

export type Part = (typeof parts)[number];

export const isPart = (name: string): name is Part => (parts as readonly string[]).includes(name);
