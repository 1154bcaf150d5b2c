import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  createLogger,
  formatMessage,
  formatTime,
  LOG_LEVELS,
  sanitise,
  type Logger,
  type LogLevel,
} from '../../../src/base/log/log';
import { RecordingSink } from '../helpers/recording-sink';

const AT = new Date(2024, 7, 21, 22, 11, 15, 999);

/** Everything at once, for levels. */
function logAll(logger: Logger): void {
  logger.debug('d', 'success');
  logger.info('i', 'success');
  logger.warning('w', 'fail');
  logger.error('e', 'fail');
}

describe('log lines', () => {
  const realNow = Date.now;
  let sink: RecordingSink;

  beforeEach(() => {
    sink = new RecordingSink();
    Date.now = () => AT.getTime();
  });

  afterEach(() => {
    Date.now = realNow;
  });

  it('have the format of the course, to the byte', () => {
    createLogger(sink).info('apuesta_recibida', 'success', { cantidad: 130 });
    expect(sink.lines).to.deep.equal([
      '2024-08-21 22:11:15 INFO     action: apuesta_recibida | result: success | cantidad: 130\n',
    ]);
  });

  it('pad the level to eight characters', () => {
    logAll(createLogger(sink, 'DEBUG'));
    expect(sink.lines.map((line) => line.slice(19, 29))).to.deep.equal([
      ' DEBUG    ',
      ' INFO     ',
      ' WARNING  ',
      ' ERROR    ',
    ]);
  });

  it('end after the result when there are no details', () => {
    expect(formatMessage('stop', 'in_progress')).to.equal('action: stop | result: in_progress');
  });

  it('keep the details in the order in which they were given', () => {
    expect(formatMessage('a', 'fail', { zeta: 1, alfa: 'x' })).to.equal(
      'action: a | result: fail | zeta: 1 | alfa: x',
    );
  });

  it('are stamped anew in the next turn when the second changes', async () => {
    const logger = createLogger(sink);
    logger.info('a', 'success');
    Date.now = () => AT.getTime() + 1;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    logger.info('b', 'success');
    expect(sink.lines.map((line) => line.slice(0, 19))).to.deep.equal([
      '2024-08-21 22:11:15',
      '2024-08-21 22:11:16',
    ]);
  });

  it('pad every part of the time', () => {
    expect(formatTime(new Date(2025, 0, 2, 3, 4, 5))).to.equal('2025-01-02 03:04:05');
  });

  const shown: readonly (readonly [LogLevel, string])[] = [
    ['DEBUG', 'diwe'],
    ['INFO', 'iwe'],
    ['WARNING', 'we'],
    ['ERROR', 'e'],
    ['CRITICAL', ''],
  ];
  for (const [level, expected] of shown) {
    it(`at level ${level} are those of the level and above`, () => {
      logAll(createLogger(sink, level));
      const actions = sink.lines.map((line) => /action: (\w)/.exec(line)?.[1]).join('');
      expect(actions).to.equal(expected);
    });
  }

  it('follow a level that is set later', () => {
    const logger = createLogger(sink, 'ERROR');
    logger.setLevel('INFO');
    logAll(logger);
    expect(sink.lines).to.have.length(3);
  });

  it('of one logger do not change with the level of another', () => {
    const logger = createLogger(sink, 'DEBUG');
    createLogger(new RecordingSink(), 'CRITICAL');
    logAll(logger);
    expect(sink.lines).to.have.length(4);
  });

  it('are flushed on request', () => {
    createLogger(sink).flush();
    expect(sink.flushes).to.equal(1);
  });

  it('can be asked for which levels they are shown', () => {
    const logger = createLogger(sink, 'WARNING');
    expect(LOG_LEVELS.map((level) => logger.shows(level))).to.deep.equal([
      ...[false, false, true, true, false],
    ]);
  });

  it('name their level to where they go', () => {
    logAll(createLogger(sink, 'DEBUG'));
    expect(sink.levels).to.deep.equal(['DEBUG', 'INFO', 'WARNING', 'ERROR']);
  });

  it('knows the levels of the course', () => {
    expect(LOG_LEVELS).to.deep.equal(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']);
  });
});

describe('sanitise', () => {
  it('replaces each bar, line break and control character by a space', () => {
    expect(sanitise('a|b\nc\r\nd\te\u0000f\u001bg\u007fh\u0085i\u2028j\u2029k')).to.equal(
      'a b c  d e f g h i j k',
    );
  });

  it('leaves accents, quotes and emoji alone', () => {
    expect(sanitise('Ibáñez "Ñandú" 🍀')).to.equal('Ibáñez "Ñandú" 🍀');
  });

  it('makes text of numbers', () => {
    expect(sanitise(7574)).to.equal('7574');
  });

  it('never lets structure through, whatever the value', () => {
    const nasty = fc.constantFrom('|', '\n', '\r', '\u0000', '\u001b', '\u0085', '\u2028', ' ');
    const text = fc.string({ unit: fc.oneof(fc.string({ unit: 'binary', maxLength: 1 }), nasty) });
    fc.assert(
      fc.property(text, (value) => {
        const clean = sanitise(value);
        // \p{Cc} is Unicode's own list of control characters.
        expect(clean).not.to.match(/[|\p{Cc}\p{Zl}\p{Zp}]/u);
        expect(clean.length).to.equal(value.length);
      }),
    );
  });

  it('keeps a message on one line with as many parts as it was given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, two) => {
        const line = formatMessage('a', 'success', { one, two });
        expect(line.split('|')).to.have.length(4);
        expect(line.split(/[\r\n\u0085\u2028\u2029]/)).to.have.length(1);
      }),
    );
  });
});
