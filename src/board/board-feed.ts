/** Makes the events of the feed from what the central is doing. */
import { LIMITS } from '../base/limits';
import { AgencyChanges } from './agency-changes';
import type { DeltaEvent, FullEvent, Sample, TurnSample } from './feed';
import type { Sampler } from './sampler';
import type { BoardSource } from './source';
import { encodeEvent } from './viewers';

export class BoardFeed {
  private readonly changes = new AgencyChanges();
  private samples: Sample[] = [];
  private turns: TurnSample[] = [];
  /** Whether the rows of {@link changes} are those since the last tick. */
  private hasRows = false;
  private text: string | null = null;
  private event: Buffer | null = null;

  constructor(
    private readonly source: BoardSource,
    private readonly sampler: Sampler,
    private readonly about: Pick<FullEvent, 'version' | 'hasToken'>,
  ) {}

  /**
   * Takes a sample; once a second.
   *
   * @param viewers how many want the result; without any, no agency is looked at
   */
  tick(viewers: number): DeltaEvent {
    const sample = this.sampler.take(this.source.gauges(), viewers);
    const turns = this.sampler.takeTurns();
    this.samples = lastOf([...this.samples, sample], LIMITS.boardSamplesKeptMax);
    this.turns = lastOf([...this.turns, ...turns], LIMITS.turnsKeptMax);
    this.hasRows = viewers > 0;
    this.text = null;
    this.event = null;
    const agencies = this.hasRows ? this.changes.take(this.source.agencies()) : [];
    return { state: this.source.state(), agencies, sample, turns };
  }

  /** Everything, as of the last tick, as JSON; made once between two ticks, however many ask. */
  json(): string {
    this.text ??= JSON.stringify(this.full());
    return this.text;
  }

  /** The same as an event. The next delta goes on from it. */
  encoded(): Buffer {
    this.event ??= encodeEvent('full', this.json());
    return this.event;
  }

  private full(): FullEvent {
    if (!this.hasRows) {
      this.hasRows = true;
      this.changes.take(this.source.agencies());
    }
    const { about, samples, turns } = this;
    const state = this.source.state();
    return { ...about, state, agencies: this.changes.rows, samples, turns };
  }
}

function lastOf<T>(all: readonly T[], count: number): T[] {
  return all.slice(-count);
}
