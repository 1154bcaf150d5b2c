import { InlineParser } from '../../../src/parsing/parser';
import { CREATE_CODEC } from '../../../src/protocol/dialects/dialects';
import { Lottery } from '../../../src/server/session/lottery';
import { Central } from '../../../src/server/turn/central';
import type { CentralOptions } from '../../../src/server/turn/central-options';
import { NONE_REFUSED } from '../../../src/store/bet-store';
import { emptyState } from '../../../src/store/state';
import { stored } from './hand-store';
import type { ManualClock } from './manual-clock';
import { recordingLogger } from './recording-sink';

type OwnOptions = Partial<CentralOptions> & Pick<CentralOptions, 'clock'>;

/**
 * A central of three agencies without a draw. Its store is empty, answers at once, and makes everything
 * durable at once.
 *
 * @param own what is different
 */
export function centralWith(own: OwnOptions): Central {
  return new Central({
    logger: recordingLogger().logger,
    store: storeWith((_, done) => {
      done(NONE_REFUSED);
    }),
    parser: new InlineParser(),
    lottery: emptyLottery(3),
    createCodec: CREATE_CODEC.native,
    draw: () => Promise.reject(new Error('no draw is due')),
    onDrawn: () => undefined,
    onActaRecorded: () => undefined,
    onFatal: (error) => {
      throw error;
    },
    ...own,
  });
}

/** A store without bets that answers at once. */
export function storeWith(commit: CentralOptions['store']['commit']): CentralOptions['store'] {
  return { claim: (agency) => stored(agency), commit };
}

export function emptyLottery(agencies: number): Lottery {
  return new Lottery({ agencies, window: 8 }, emptyState());
}

/** Lets the turns happen that are due, and those that follow from what was promised. */
export async function settle(clock: ManualClock): Promise<void> {
  for (let i = 0; i < 4; i++) {
    await new Promise(setImmediate);
    while (clock.waiting > 0) clock.turn();
  }
}
