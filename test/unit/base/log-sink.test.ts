import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { LIMITS } from '../../../src/base/limits';
import { StdoutSink, type LogOutput } from '../../../src/base/log/log-sink';

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** An output that takes as much as it is told to. */
class FakeOutput implements LogOutput {
  readonly writes: string[] = [];
  takes = Number.POSITIVE_INFINITY;
  refusal = 'EAGAIN';
  /** Called while somebody waits. */
  onSleep: () => void = () => undefined;
  slept = 0;

  write(bytes: Buffer): number {
    const count = Math.min(bytes.length, this.takes);
    if (count === 0) throw failure(this.refusal);
    this.takes -= count;
    this.writes.push(bytes.toString('utf8', 0, count));
    return count;
  }

  sleep(ms: number): void {
    this.slept++;
    // The sink looks at the real clock for how long it has waited.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    this.onSleep();
  }

  get text(): string {
    return this.writes.join('');
  }
}

describe('StdoutSink', () => {
  let out: FakeOutput;
  let sink: StdoutSink;

  beforeEach(() => {
    out = new FakeOutput();
    sink = new StdoutSink(out);
  });

  it('writes the lines of a turn in one piece, at its end', async () => {
    sink.write('one\n', 'INFO');
    sink.write('two\n', 'ERROR');
    expect(out.writes).to.deep.equal([]);
    await nextTurn();
    expect(out.writes).to.deep.equal(['one\ntwo\n']);
  });

  it('writes at once when it is flushed, and nothing twice', async () => {
    sink.write('one\n', 'INFO');
    sink.flush();
    sink.flush();
    await nextTurn();
    expect(out.writes).to.deep.equal(['one\n']);
  });

  it('writes at once when much has been gathered', () => {
    sink.write(`${'x'.repeat(70_000)}\n`, 'INFO');
    expect(out.text).to.have.length(70_001);
  });

  it('goes on where a full output stopped, without being asked', async () => {
    out.takes = 5;
    sink.write('one\n', 'INFO');
    sink.write('two\n', 'INFO');
    sink.flush();
    expect(out.text).to.equal('one\nt');
    sink.write('three\n', 'INFO');
    sink.flush();
    expect(out.text).to.equal('one\nt');
    out.takes = 100;
    while (out.text.length < 14) await sleep(1);
    expect(out.text).to.equal('one\ntwo\nthree\n');
  });

  it('does not take the failure of a full disk for the end', async () => {
    out.takes = 0;
    out.refusal = 'ENOSPC';
    sink.write('one\n', 'INFO');
    sink.flush();
    out.takes = 100;
    while (out.text === '') await sleep(1);
    expect(out.text).to.equal('one\n');
  });

  it('works on without a log when its reader goes away', () => {
    out.takes = 0;
    out.refusal = 'EPIPE';
    sink.write('one\n', 'INFO');
    sink.flush();
    out.takes = 100;
    sink.write('two\n', 'INFO');
    sink.drain();
    expect(out.text).to.equal('');
    expect(out.slept).to.equal(0);
  });

  for (const [state, takes] of [
    ['a line is due', Number.POSITIVE_INFINITY],
    ['a full output is to be tried again', 0],
  ] as const) {
    it(`works on when the reader goes away while ${state}`, async () => {
      out.takes = takes;
      sink.write('one\n', 'INFO');
      if (takes === 0) sink.flush();
      out.takes = 0;
      out.refusal = 'EPIPE';
      sink.drain();
      out.takes = 100;
      await sleep(2 * LIMITS.logRetryMs);
      sink.write('two\n', 'INFO');
      sink.flush();
      expect(out.text).to.equal('');
    });
  }

  it('has a bound, and then a line with the number of those that were dropped', () => {
    sink = new StdoutSink(out, 1_000);
    out.takes = 0;
    for (let i = 0; i < 100; i++) sink.write(`${String(i).padStart(9)}\n`, 'INFO');
    for (let i = 0; i < 3; i++) sink.write('4567890 d\n', 'DEBUG');
    sink.write('an error!\n', 'ERROR');
    out.takes = 1_000_000;
    sink.drain();
    const lines = out.text.split('\n').slice(0, -1);
    expect(lines.slice(0, -1)).to.deep.equal([
      ...Array.from({ length: 75 }, (_, i) => String(i).padStart(9)),
      'an error!',
    ]);
    expect(lines.at(-1)).to.match(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d WARNING {2}action: log \| result: fail \| dropped: 28 \| debug: 3 \| info: 25 \| warning: 0 \| error: 0$/,
    );
  });

  it('reports lost errors as an error, whatever else was lost', () => {
    sink = new StdoutSink(out, 200);
    out.takes = 0;
    for (let i = 0; i < 30; i++) sink.write('an error!\n', 'ERROR');
    out.takes = 1_000_000;
    sink.drain();
    expect(out.text).to.match(
      /ERROR {4}action: log \| result: fail \| dropped: 10 .* error: 10\n$/,
    );
  });

  it('waits for what is left when the process ends', () => {
    out.takes = 0;
    sink.write('last words\n', 'INFO');
    out.onSleep = () => {
      out.takes += 4;
    };
    sink.drain();
    expect(out.text).to.equal('last words\n');
    expect(out.slept).to.equal(3);
  });

  it('waits no longer than it may', () => {
    out.takes = 0;
    sink.write('last words\n', 'INFO');
    const startedMs = performance.now();
    sink.drain();
    expect(performance.now() - startedMs).to.be.at.least(LIMITS.logDrainMs);
    expect(out.slept).to.be.within(1, LIMITS.logDrainMs / LIMITS.logRetryMs + 1);
  });
});
