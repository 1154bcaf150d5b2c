import { expect } from 'chai';
import { LoteriaError, messageOf, systemErrorCode } from '../../../src/base/errors';
import { invariant, InvariantError, present, unreachable } from '../../../src/base/invariant';
import { EXIT, exitCodeOf, logFailure } from '../../../src/base/process';
import { recordingLogger } from '../helpers/recording-sink';

describe('errors', () => {
  it('a LoteriaError has its code and keeps its cause', () => {
    const cause = new Error('below');
    const error = new LoteriaError('STORE_IO', 'above', { cause });
    expect(error).to.include({ name: 'LoteriaError', code: 'STORE_IO', message: 'above', cause });
  });

  it('systemErrorCode names what the system says', () => {
    expect(systemErrorCode(Object.assign(new Error('x'), { code: 'ENOSPC' }))).to.equal('ENOSPC');
  });

  it('systemErrorCode reads it from the message when an error came out of a worker', () => {
    expect(systemErrorCode(new Error("EIO: i/o error, open '/data/bets.csv'"))).to.equal('EIO');
    expect(systemErrorCode(new Error('Error: it is late'))).to.equal(undefined);
  });

  it('systemErrorCode is undefined for anything else', () => {
    const others = [new Error('x'), Object.assign(new Error('x'), { code: 7 }), 'ENOSPC', null];
    for (const other of others) expect(systemErrorCode(other)).to.equal(undefined);
  });

  it('messageOf speaks for anything that was thrown', () => {
    expect(messageOf(new Error('why'))).to.equal('why');
    expect(messageOf('why')).to.equal('why');
    expect(messageOf(undefined)).to.equal('undefined');
  });
});

describe('invariants', () => {
  it('invariant stops when its condition does not hold', () => {
    expect(() => {
      invariant(false, 'broken');
    }).to.throw(InvariantError, 'broken');
  });

  it('invariant lets pass what holds', () => {
    expect(() => {
      invariant(true, 'broken');
    }).not.to.throw();
  });

  it('present gives back what is there, zero and empty text included', () => {
    expect(present(0, 'x')).to.equal(0);
    expect(present('', 'x')).to.equal('');
  });

  it('present stops at null and undefined', () => {
    expect(() => present<string>(null, 'gone')).to.throw(InvariantError, 'gone');
    expect(() => present<string>(undefined, 'gone')).to.throw(InvariantError, 'gone');
  });

  it('unreachable shows the value that should not be', () => {
    expect(() => {
      unreachable({ kind: 'odd' } as never);
    }).to.throw(InvariantError, '"odd"');
  });
});

describe('exit codes', () => {
  it('is 2 for wrong usage, 1 for other failures, 70 for our own mistakes', () => {
    expect(exitCodeOf(new LoteriaError('USAGE', 'x')))
      .to.equal(EXIT.usage)
      .and.to.equal(2);
    expect(exitCodeOf(new LoteriaError('GAVE_UP', 'x')))
      .to.equal(EXIT.failure)
      .and.to.equal(1);
    expect(exitCodeOf(new InvariantError('x')))
      .to.equal(EXIT.internal)
      .and.to.equal(70);
    expect(exitCodeOf('thrown')).to.equal(EXIT.internal);
  });

  it('logFailure names the code of an error that is not ours', () => {
    const { logger, lines } = recordingLogger();
    logFailure(logger, 'config', new LoteriaError('CONFIG_MISSING', 'no port'));
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(
      /ERROR {4}action: config \| result: fail \| code: CONFIG_MISSING \| error: no port\n$/,
    );
  });

  it('logFailure adds the stack of a mistake of ours, at debug level, on one line', () => {
    const { logger, lines } = recordingLogger();
    logFailure(logger, 'server', new TypeError('oops'));
    expect(lines.map((line) => line.slice(20, 28))).to.deep.equal(['ERROR   ', 'DEBUG   ']);
    expect(lines[0]).to.include('code: INTERNAL | error: oops');
    expect(lines[1]).to.match(/errors\.test/);
    expect(lines[1]?.trimEnd()).not.to.include('\n');
  });
});
