/**
 * What the programs are where `SERVER_MODE` and `CLI_MODE` are not set. `make branches` changes this line, and
 * nothing else, for the branches of exercises 1 to 4.
 */
export type Mode = 'lottery' | 'echo';

export const DEFAULT_MODE: Mode = 'lottery';
