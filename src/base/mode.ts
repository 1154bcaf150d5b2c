/**
 * What the programs are where `SERVER_MODE` and `CLI_MODE` are not set. `make branches` changes this line, and
 * nothing else, for the branches of exercises 1 to 4.
 */
export const MODES = ['lottery', 'echo'] as const;

export type Mode = (typeof MODES)[number];

export const DEFAULT_MODE: Mode = 'lottery';
