/** A central of this process on a directory, without sockets and lock, for tests of what a start makes of it. */
import { systemClock } from '../../src/base/clock';
import type { Edition } from '../../src/domain/contest';
import { InlineParser } from '../../src/parsing/parser';
import { CREATE_CODEC } from '../../src/protocol/dialects/dialects';
import { createCentral, type WiredCentral } from '../../src/server/create-central';
import type { WantedTerms } from '../../src/server/draw/agree-terms';
import type { LotteryState } from '../../src/store/state';
import { recordingLogger } from '../unit/helpers/recording-sink';
import { closed, openFileEngine } from './file-engine';

const SEGMENT_BYTES = 4096;

export interface StartSettings {
  readonly terms: WantedTerms;
  readonly edition: Edition;
}

/**
 * Starts a central, which draws if that is due and writes what is missing, and stops it.
 *
 * @throws what a start throws
 */
export async function startOnce(directory: string, settings: StartSettings): Promise<void> {
  const { edition } = settings;
  const store = openFileEngine(directory, { segmentBytes: SEGMENT_BYTES, edition });
  try {
    let onDrawn = (): void => undefined;
    const drawn = new Promise<void>((resolve) => {
      onDrawn = resolve;
    });
    const isDue = isDrawDue(store.state, settings.terms.agencies);
    const central = await new Promise<WiredCentral>((resolve, reject) => {
      const wiring = {
        ...{ store, onDrawn, clock: systemClock, onFatal: reject, ...settings },
        logger: recordingLogger('CRITICAL').logger,
        parser: new InlineParser(edition),
        createCodec: CREATE_CODEC.native,
      };
      createCentral(wiring, resolve, reject);
    });
    central.start();
    if (isDue) await drawn;
    await new Promise<void>((resolve) => {
      central.stop(resolve);
    });
  } finally {
    await closed(store);
  }
}

function isDrawDue({ agencies, ...state }: LotteryState, expected: number): boolean {
  const finished = [...agencies.values()].filter((agency) => agency.finished);
  return state.edition === 'lottery' && state.draw === null && finished.length === expected;
}
