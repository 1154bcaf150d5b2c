/** The stages of a turn, in their order. */
import type { TurnSample } from '../../../src/board/feed';
import { FORMAT, TEXT } from '../text/text';

export type StageName = 'read' | 'parse' | 'step' | 'commit' | 'reply' | 'reap';

export interface Stage {
  readonly name: StageName;
  /** Microseconds from its beginning to its end. */
  readonly us: (turn: TurnSample) => number;
  /** Those of them in which nobody else is served. */
  readonly busyUs: (turn: TurnSample) => number;
  /** What was done in it. */
  readonly work: (turn: TurnSample) => string;
}

export const STAGES: readonly Stage[] = [
  {
    name: 'read',
    us: (turn) => turn.readUs,
    busyUs: (turn) => turn.readUs,
    work: ({ ready, frames }) => `${TEXT.ready(ready)}, ${TEXT.frames(frames)}`,
  },
  {
    name: 'parse',
    us: (turn) => turn.parseUs,
    busyUs: ({ pooled, parseUs }) => (pooled ? 0 : parseUs),
    work: ({ rows, rowBytes, pooled }) => {
      const text = TEXT.rows(rows, FORMAT.bytes(rowBytes));
      return pooled ? `${text}, ${TEXT.turnPooled}` : text;
    },
  },
  { name: 'step', us: (turn) => turn.stepUs, busyUs: (turn) => turn.stepUs, work: () => '' },
  {
    name: 'commit',
    us: (turn) => turn.commitUs,
    busyUs: (turn) => turn.writeUs,
    work: ({ committed, writeUs }) =>
      `${TEXT.entries(committed)}, ${TEXT.write} ${microseconds(writeUs)}`,
  },
  {
    name: 'reply',
    us: (turn) => turn.replyUs,
    busyUs: (turn) => turn.replyUs,
    work: ({ replies }) => TEXT.replies(replies),
  },
  { name: 'reap', us: (turn) => turn.reapUs, busyUs: (turn) => turn.reapUs, work: () => '' },
];

export function microseconds(us: number): string {
  return us < 1_000 ? `${FORMAT.count(us)} µs` : FORMAT.milliseconds(us / 1_000);
}
