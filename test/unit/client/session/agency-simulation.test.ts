import { expect } from 'chai';
import * as fc from 'fast-check';
import type { AgencyOutcome } from '../../../../src/client/session/agency-action';
import type { AgencyAction } from '../../../../src/client/session/agency-action';
import { AgencySession } from '../../../../src/client/session/agency-session';
import type { Command, Reply } from '../../../../src/protocol/commands';
import type { Effect } from '../../../../src/server/session/effects';
import type { Session } from '../../../../src/server/session/state';
import { rows } from '../../../support/wire-builder';
import { sourceBatch } from '../../helpers/agency-scene';
import { betsOf, Scene, repliesTo } from '../../helpers/scene';

const AGENCY = 3;
const BETS = 11;
const STEPS_MAX = 2_000;

/** What may happen next; whatever cannot happen is passed over. */
type Step = 'central receives' | 'agency receives' | 'source answers' | 'connection breaks';

type Job = { readonly kind: 'pull' } | { readonly kind: 'seek'; readonly stored: number };

/** Both pure sessions, and between them a network that loses what is on its way when it breaks. */
class Simulation {
  readonly central = new Scene(AGENCY, 2);
  outcome: AgencyOutcome | null = null;
  readonly winners: string[] = [];
  private readonly agency: AgencySession;
  private session: Session | null = null;
  private connecting = true;
  private commands: Command[] = [];
  private replies: (Reply | 'closed')[] = [];
  private readonly jobs: Job[] = [];
  private sourceAt = 0;

  constructor(
    private readonly batchBets: number,
    window: number,
  ) {
    const token = Buffer.alloc(0);
    this.agency = new AgencySession({ agency: AGENCY, window, token, finish: true });
    for (const other of [1, 2]) this.central.finish(this.central.join(other), other, 0);
  }

  step(step: Step): void {
    switch (step) {
      case 'central receives':
        this.centralHears();
        break;
      case 'agency receives':
        this.agencyHears();
        break;
      case 'source answers':
        this.sourceAnswers();
        break;
      case 'connection breaks':
        this.hangUp();
    }
  }

  private centralHears(): void {
    const command = this.commands.shift();
    if (command === undefined || this.session === null) return;
    this.deliver(this.central.receive(this.session, command));
  }

  private deliver(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (this.session !== null) this.replies.push(...repliesTo(this.session, [effect]));
      if (effect.kind === 'close' && effect.session === this.session) {
        this.replies.push('closed');
      } else if (effect.kind === 'begin_draw') {
        this.deliver(
          this.central.draw([
            [AGENCY, '3001'],
            [1, '1000'],
            [AGENCY, '3002'],
          ]),
        );
      }
    }
  }

  private agencyHears(): void {
    if (this.connecting) {
      this.connecting = false;
      this.session = this.central.connect(6);
      this.perform(this.agency.handle({ kind: 'connected' }));
      return;
    }
    const reply = this.replies.shift();
    if (reply === 'closed') this.hangUp();
    else if (reply !== undefined) this.perform(this.agency.handle({ kind: 'reply', reply }));
  }

  private sourceAnswers(): void {
    const job = this.jobs.shift();
    if (job === undefined) return;
    if (job.kind === 'seek') {
      this.sourceAt = job.stored;
      this.perform(this.agency.handle({ kind: 'source_ready' }));
      return;
    }
    const count = Math.min(this.batchBets, BETS - this.sourceAt);
    const batch = count === 0 ? null : sourceBatch(this.sourceAt, count);
    this.sourceAt += count;
    this.perform(this.agency.handle({ kind: 'pulled', batch }));
  }

  private hangUp(): void {
    if (this.session === null) return;
    this.drop();
    this.perform(this.agency.handle({ kind: 'disconnected' }));
  }

  private drop(): void {
    if (this.session !== null) this.central.hangUp(this.session);
    this.session = null;
    this.commands = [];
    this.replies = [];
  }

  private perform(actions: readonly AgencyAction[]): void {
    for (const action of actions) {
      if (action.kind === 'send') this.commands.push(action.command);
      else if (action.kind === 'pull') this.jobs.push(action);
      else if (action.kind === 'seek') this.jobs.push(action);
      else if (action.kind === 'winners') this.winners.push(...action.documents);
      else if (action.kind === 'done') this.outcome = action.outcome;
      else if (action.kind === 'failed') throw action.error;
      else if (action.kind === 'reconnect') {
        this.drop();
        this.connecting = true;
      }
    }
  }
}

const step = fc.constantFrom<Step>(
  ...(['central receives', 'central receives', 'agency receives', 'agency receives'] as const),
  ...(['source answers', 'source answers', 'connection breaks'] as const),
);

describe('agency and central, whatever the network does', () => {
  it('every bet is stored once, in order, and the agency receives its winners', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 300, size: 'max' }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        (steps, batchBets, window) => {
          const simulation = new Simulation(batchBets, window);
          for (const one of steps) simulation.step(one);
          // The network calms down.
          for (let i = 0; i < STEPS_MAX && simulation.outcome === null; i++) {
            simulation.step('agency receives');
            simulation.step('source answers');
            simulation.step('central receives');
          }
          expect(simulation.outcome).to.deep.equal({ stored: BETS, winners: 2 });
          expect(simulation.winners).to.deep.equal(['3001', '3002']);
          const stored = Buffer.concat(simulation.central.diskRows);
          expect(stored.equals(rows(...betsOf(AGENCY, BETS)))).to.equal(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
