/**
 * A second agency, written from docs/PROTOCOL.md alone: loads, resumes, waits for the draw, follows the
 * advice of section 14. It is a check of the document: what it needs and does not find there is a fault.
 */
import { Lost } from './v2-connection';
import { Later, Stop, type Plan, type Story } from './v2-plan';
import { Visit } from './v2-visit';
import { Malformed } from './v2-wire';

const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 5_000;
const BELIEVED_PAUSE_MS = 60_000;
const REPLACED_IN_A_ROW = 3;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** @throws Stop */
export async function runAgency(plan: Plan): Promise<Story> {
  const story: Story = {
    ...{ winners: [], total: 0, won: 0, welcomes: [], losses: [], acknowledged: 0 },
  };
  let backOffMs = FIRST_PAUSE_MS;
  let replaced = 0;
  for (let attempt = 0; attempt < (plan.attempts ?? 60); attempt++) {
    const before = story.acknowledged;
    try {
      await new Visit(plan, story).make(attempt);
      return story;
    } catch (error) {
      if (error instanceof Malformed) throw new Stop(0, error.message);
      if (!(error instanceof Lost)) throw error;
      story.losses.push(error.message);
      const progress = story.acknowledged > before;
      replaced = error.message !== 'REPLACED' ? replaced : progress ? 1 : replaced + 1;
      if (replaced >= REPLACED_IN_A_ROW) throw new Stop(9, 'somebody else speaks for this agency');
      backOffMs = progress ? FIRST_PAUSE_MS : Math.min(2 * backOffMs, LAST_PAUSE_MS);
      const named =
        error instanceof Later && error.pauseMs <= BELIEVED_PAUSE_MS ? error.pauseMs : 0;
      await sleep(Math.max(named, backOffMs * (0.5 + Math.random() / 2)));
    }
  }
  throw new Stop(0, `nothing works: ${story.losses.join(', ')}`);
}
