/** The stages of a turn, in their order. */
import type { TurnSample } from '../../../src/board/feed';
import { FORMAT, TEXT } from '../text/text';

export type StageName = 'read' | 'parse' | 'step' | 'commit' | 'reply' | 'reap';

export interface Stage {
  readonly name: StageName;
  /** Microseconds. */
  readonly us: (turn: TurnSample) => number;
  /** Whether nobody else is served meanwhile. */
  readonly isBusy: (turn: TurnSample) => boolean;
  /** What was done in it. */
  readonly work: (turn: TurnSample) => string;
}

export const STAGES: readonly Stage[] = [
  {
    name: 'read',
    us: (turn) => turn.readUs,
    isBusy: () => true,
    work: ({ ready, frames }) => `${TEXT.ready(ready)}, ${TEXT.frames(frames)}`,
  },
  {
    name: 'parse',
    us: (turn) => turn.parseUs,
    isBusy: ({ pooled }) => !pooled,
    work: ({ rows, rowBytes, pooled }) => {
      const text = TEXT.rows(rows, FORMAT.bytes(rowBytes));
      return pooled ? `${text}, ${TEXT.turnPooled}` : text;
    },
  },
  { name: 'step', us: (turn) => turn.stepUs, isBusy: () => true, work: () => '' },
  {
    name: 'commit',
    us: (turn) => turn.commitUs,
    isBusy: () => false,
    work: ({ committed }) => TEXT.entries(committed),
  },
  {
    name: 'reply',
    us: (turn) => turn.replyUs,
    isBusy: () => true,
    work: ({ replies }) => TEXT.replies(replies),
  },
  { name: 'reap', us: (turn) => turn.reapUs, isBusy: () => true, work: () => '' },
];

export function microseconds(us: number): string {
  return us < 1_000 ? `${FORMAT.count(us)} µs` : FORMAT.milliseconds(us / 1_000);
}
