/** Rejected bets: they are counted, and keep an agency from being finished. */
import { expect } from 'chai';
import { LIMITS } from '../../../../src/base/limits';
import type { BetsCommand } from '../../../../src/protocol/commands';
import { DIALECTS, type Dialect } from '../../../../src/protocol/conversion';
import { saveRejects } from '../../../../src/server/session/rejects';
import * as build from '../../../support/dialect-builder';
import type { DialectBet } from '../../../support/dialect-builder';
import { join, u16 } from '../../../support/wire-builder';
import { DialectScene, type Link } from '../../helpers/dialect-scene';
import { batchOf, entriesOf, logsOf, repliesTo, Scene } from '../../helpers/scene';

const NORA: DialectBet = {
  first: 'Nora',
  last: 'Ruiz',
  document: '7',
  birthdate: '1990-01-01',
  number: '7574',
};
const WRONG = { ...NORA, number: '10000' };

interface Writer {
  bets(bets: readonly DialectBet[]): Buffer;
  /** The end of the bets, with the last of them or not. */
  end(bets: readonly DialectBet[]): Buffer[];
  readonly ask: Buffer;
  /** A batch of one bet of agency 1 that cannot be read, and how many bets it seems to have. */
  readonly unreadable: Buffer;
  readonly ok: Buffer;
  readonly rejected: Buffer;
  /** What an agency is answered that declares the end with a good bet behind a rejected one. */
  readonly refused: Buffer;
  readonly noBets: Buffer;
}

const BATCH_FAILED = build.opcodeError('Error al procesar el batch enviado');

/** The length of the first name of a bet is changed, so that nothing adds up. */
function tornTlv(): Buffer {
  const bytes = build.tlvBets(1, [NORA]);
  bytes.writeUInt32BE(5, 18);
  return bytes;
}

const WRITERS: Readonly<Record<Dialect, Writer>> = {
  pipe: {
    bets: (bets) => build.pipeBatch('1', bets, false),
    end: (bets) => [build.pipeBatch('1', bets, true)],
    ask: build.pipeAsk('1'),
    unreadable: Buffer.from('30 14 0|11|1|Nora|Ru|$'),
    ok: build.pipeMessage('ok'),
    rejected: build.pipeMessage('err'),
    refused: build.pipeMessage('err'),
    noBets: build.pipeWinners([]),
  },
  tlv: {
    bets: (bets) => build.tlvBets(1, bets),
    end: (bets) => [
      ...(bets.length > 0 ? [build.tlvBets(1, bets), build.TLV.ack] : []),
      build.TLV.allSent,
    ],
    ask: build.TLV.ask,
    unreadable: tornTlv(),
    ok: build.TLV.stored,
    rejected: build.TLV.rejected,
    refused: join(build.TLV.stored, build.TLV.rejected),
    noBets: build.tlvWinners([]),
  },
  opcode: {
    bets: (bets) => build.opcodeBatch('1', bets),
    end: (bets) => [
      ...(bets.length > 0 ? [build.opcodeBatch('1', bets)] : []),
      build.opcodePacket(5, ['1']),
    ],
    ask: build.opcodePacket(6, ['1']),
    unreadable: build.opcodePacket(3, ['1', '@0', '1', 'Nora', 'Ruiz']),
    ok: build.opcodePacket(2),
    rejected: BATCH_FAILED,
    refused: join(build.opcodePacket(2), build.opcodeError('1 bets of this run were rejected')),
    noBets: build.opcodeWinners([]),
  },
  semicolon: {
    bets: (bets) => build.semicolonPacket('1', bets, 1),
    end: (bets) => [build.semicolonPacket('1', bets, 0)],
    ask: join(u16(1)),
    unreadable: join(u16(9), Buffer.from('1;Nora;'), u16(1)),
    ok: join(u16(1)),
    rejected: join(u16(0)),
    refused: join(u16(0)),
    noBets: build.semicolonWinners([]),
  },
};

/** A line of the log, in short, if there is one. */
function lineOf({ effects }: DialectScene, start: string): unknown[] {
  return logsOf(effects).flatMap(([line, details]) => (line === start ? [details] : []));
}

const FAILED = 'WARNING agency_finished fail';
const FINISHED = 'INFO agency_finished success';

for (const dialect of DIALECTS) {
  const writer = WRITERS[dialect];
  /** Opcode's agencies have a connection for each request. */
  const sendAll = (scene: DialectScene, link: Link, messages: readonly Buffer[]): Buffer => {
    const before = link.replies.length;
    if (dialect !== 'opcode') {
      scene.send(link, ...messages);
      return Buffer.concat(link.replies.slice(before));
    }
    const links = messages.map((message) => {
      const own = scene.connect(dialect);
      scene.send(own, message);
      return own;
    });
    return Buffer.concat(links.flatMap(({ replies }) => replies));
  };

  describe(`rejected bets, ${dialect}`, () => {
    let scene: DialectScene;
    let link: Link;

    beforeEach(() => {
      scene = new DialectScene(1);
      link = scene.connect(dialect);
    });

    for (const [what, bad, count] of [
      ['a bet that breaks the rules', writer.bets([NORA, WRONG, NORA]), 3],
      ['a batch that cannot be read', writer.unreadable, 1],
    ] as const) {
      it(`${what} keeps its agency from being finished; a corrected run is accepted`, () => {
        const first = sendAll(scene, link, [bad]);
        expect(first.toString('hex')).to.equal(writer.rejected.toString('hex'));
        sendAll(scene, link, writer.end([NORA]));
        expect([scene.scene.lottery.pending, link.closed || dialect === 'opcode']).to.deep.equal([
          1,
          true,
        ]);
        expect(lineOf(scene, FAILED)).to.deep.equal([{ agency: 1, rechazadas: count }]);
        const again = scene.connect(dialect);
        sendAll(scene, again, writer.end([{ ...NORA, document: '8' }]));
        expect(scene.scene.lottery.pending).to.equal(0);
        expect(lineOf(scene, FINISHED)).to.deep.equal([
          { agency: 1, cantidad: 2, rechazadas: count },
        ]);
        expect(scene.rowsOf(1)).to.have.length(2);
        expect(scene.scene.disk.agencies.get(1)).to.include({ stored: 2, rejected: count });
      });
    }

    it('a batch that does not come whole counts for its agency, and keeps a run that goes on from its end', () => {
      const batch = writer.bets([NORA]);
      scene.send(link, batch.subarray(0, batch.length - 1));
      scene.end(link);
      // Nothing of the agency is claimed or stored for it before it speaks.
      expect(scene.scene.lottery.agency(1)).to.include({ isOwned: false, rejected: 1 });
      expect(scene.scene.disk.agencies.get(1)).to.equal(undefined);
      const [line] = lineOf(scene, 'ERROR apuesta_recibida fail');
      expect(line).to.include({ code: 'MALFORMED_ROW', agency: 1, cantidad: 1 });
      const isRunOver = dialect === 'tlv' || dialect === 'semicolon';
      sendAll(scene, scene.connect(dialect), writer.end([NORA]));
      expect(scene.scene.lottery.pending).to.equal(isRunOver ? 0 : 1);
      expect(scene.scene.disk.agencies.get(1)).to.include({ stored: 1, rejected: 1 });
    });

    it('answers the end with what the dialect has for a failure', () => {
      sendAll(scene, link, [writer.bets([WRONG])]);
      const answer = sendAll(scene, link, writer.end([NORA]));
      expect(answer.toString('hex')).to.equal(writer.refused.toString('hex'));
    });

    it('does not let an agency wait for winners that is not finished', () => {
      sendAll(scene, link, [writer.bets([WRONG]), ...writer.end([])]);
      const asking = dialect === 'opcode' ? scene.connect(dialect) : link;
      scene.send(asking, writer.ask);
      scene.fallSilent(asking);
      expect(asking.closed).to.equal(true);
      expect(asking.session.held).to.equal(null);
    });

    it('a run without rejected bets finishes the agency: the operator does without them', () => {
      sendAll(scene, link, [writer.bets([NORA]), writer.bets([WRONG]), ...writer.end([])]);
      expect(scene.scene.lottery.pending).to.equal(1);
      // An empty run of `tlv` names no agency: one of another dialect does.
      const other = dialect === 'tlv' ? WRITERS.semicolon : writer;
      const again = scene.connect(dialect === 'tlv' ? 'semicolon' : dialect);
      scene.send(again, ...other.end([]));
      scene.send(again, other.ask);
      scene.fallSilent(again);
      expect(scene.scene.lottery.pending).to.equal(0);
      expect(scene.rowsOf(1)).to.have.length(1);
    });

    it('logs whose the unreadable batch is, where it comes from and how many bets it has', () => {
      sendAll(scene, link, [writer.unreadable]);
      const [line] = lineOf(scene, 'ERROR apuesta_recibida fail');
      expect(line).to.include({ code: 'MALFORMED_ROW', agency: 1, ip: '', cantidad: 1 });
    });

    it('an agency that has finished keeps its winners when it is run again', () => {
      sendAll(scene, link, [...writer.end([NORA]), writer.ask]);
      const again = scene.connect(dialect);
      sendAll(scene, again, [writer.bets([NORA])]);
      expect(scene.scene.disk.agencies.get(1)?.rejected).to.equal(0);
      expect(lineOf(scene, FAILED)).to.deep.equal([]);
    });

    it('are not counted behind the end of their agency, which the acta states', () => {
      sendAll(scene, link, writer.end([NORA]));
      const again = scene.connect(dialect);
      sendAll(scene, again, [writer.unreadable]);
      sendAll(scene, scene.connect(dialect), [writer.bets([WRONG])]);
      expect(scene.scene.disk.agencies.get(1)).to.include({ stored: 1, rejected: 0 });
    });
  });
}

describe('rejected bets of an agency that is not known', () => {
  it('pipe: an unreadable first batch with the end in it is no agency without bets', () => {
    const scene = new DialectScene(1);
    const link = scene.connect('pipe');
    scene.send(link, Buffer.from('30 5 1|xx|$'), Buffer.alloc(0));
    scene.send(link, Buffer.from('|'), build.pipeAsk('1'));
    scene.fallSilent(link);
    expect(scene.scene.lottery.pending).to.equal(1);
  });

  it('tlv: an agency whose bets were all rejected is not taken for one without bets', () => {
    const scene = new DialectScene(2);
    const link = scene.connect('tlv');
    scene.send(link, build.tlvBets(1, [WRONG]), build.TLV.allSent, build.TLV.ask);
    for (let i = 0; i < 3; i++) {
      scene.send(scene.connect('tlv'), build.TLV.allSent, build.TLV.ask);
    }
    expect(scene.scene.lottery.pending).to.equal(2);
  });

  it('opcode: rejected on one connection, refused on another', () => {
    const scene = new DialectScene(2);
    scene.send(scene.connect('opcode'), build.opcodeBatch('1', [WRONG]));
    const other = scene.connect('opcode');
    expect(scene.send(other, build.opcodePacket(5, ['2'])).toString('hex')).to.equal(
      build.opcodePacket(2).toString('hex'),
    );
    expect(scene.scene.lottery.pending).to.equal(1);
    const ready = scene.connect('opcode');
    expect(scene.send(ready, build.opcodePacket(5, ['1'])).readUInt8(0)).to.equal(4);
    expect(scene.scene.lottery.pending).to.equal(1);
  });
});

describe('rejected bets, native', () => {
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene(2);
  });

  const wrong = (offset: number): BetsCommand => ({
    ...batchOf(2, offset, 3),
    offset,
    checksum: null,
  });
  const save = (): void => {
    const out: Parameters<typeof saveRejects>[1] = [];
    saveRejects(scene.lottery, out);
    scene.settle(out);
  };

  it('are none any more when they come again, corrected', () => {
    const session = scene.join(1);
    expect(repliesTo(session, scene.receive(session, wrong(0)))[0]).to.include({ kind: 'reject' });
    const effects = scene.finish(session, 1, 3);
    expect(logsOf(effects)).to.deep.include([FINISHED, { agency: 1, cantidad: 3 }]);
    save();
    expect(scene.disk.agencies.get(1)).to.include({ stored: 3, finished: true, rejected: 0 });
  });

  it('are counted when the connection ends without them', () => {
    const session = scene.join(1);
    scene.receive(session, wrong(0));
    scene.receive(session, wrong(0));
    scene.receive(session, wrong(7));
    save();
    expect(scene.disk.agencies.get(1)).to.equal(undefined);
    scene.hangUp(session);
    save();
    save();
    expect(scene.disk.agencies.get(1)).to.include({ stored: 0, rejected: 3 });
  });

  it('of agencies that nobody has claimed keep those of no other from the disk', () => {
    const many = new Scene(LIMITS.rejectsPerCommitMax + 1);
    for (let agency = 1; agency <= LIMITS.rejectsPerCommitMax; agency++) {
      many.receive(many.connect(), { kind: 'untaken_bets', agency });
    }
    const last = LIMITS.rejectsPerCommitMax + 1;
    const session = many.join(last);
    many.receive(session, { ...batchOf(2, 0, 3), offset: 0, checksum: null });
    many.hangUp(session);
    const out: Parameters<typeof saveRejects>[1] = [];
    saveRejects(many.lottery, out);
    expect(entriesOf(out)).to.deep.equal([{ kind: 'rejected', agency: last, count: 3 }]);
  });

  it('are never fewer than before, also behind a count that is as high as it gets', () => {
    const rejected = LIMITS.rejectedBetsCountedMax + 1;
    const agency = scene.lottery.agency(1) ?? expect.fail('agency 1 takes part');
    Object.assign(agency, { rejected, isOwned: true });
    const effects = scene.receive(scene.connect(), { kind: 'untaken_bets', agency: 1 });
    expect(entriesOf(effects)).to.deep.equal([]);
    expect(agency.rejected).to.equal(rejected);
  });

  it('are left out by an agency that names the total without them', () => {
    const session = scene.join(1);
    scene.receive(session, wrong(0));
    const effects = scene.receive(session, { kind: 'finished', total: 0 });
    expect(entriesOf(effects)).to.deep.equal([
      { kind: 'rejected', agency: 1, count: 3 },
      { kind: 'finished', agency: 1 },
    ]);
    expect(logsOf(effects)).to.deep.include([FINISHED, { agency: 1, cantidad: 0, rechazadas: 3 }]);
  });

  it('are on the disk before the answer that names them', () => {
    const dialect = new DialectScene(1);
    for (const what of ['opcode', 'pipe'] as const) {
      dialect.send(dialect.connect(what), WRITERS[what].bets([WRONG]));
    }
    dialect.send(dialect.connect('tlv'), WRITERS.tlv.unreadable);
    const kinds = dialect.effects.flatMap((effect): unknown[] => {
      if (effect.kind === 'store') return [effect.entry];
      return effect.kind === 'reply' && effect.reply.kind === 'reject' ? ['REJECT'] : [];
    });
    const entry = { kind: 'rejected', agency: 1, count: 1 };
    expect(kinds).to.deep.equal([entry, 'REJECT', entry, 'REJECT', entry, 'REJECT']);
    expect(dialect.scene.lottery.unsavedRejects.size).to.equal(0);
  });

  it('are known after a restart', () => {
    scene.disk.agencies.set(1, {
      ...{ agency: 1, stored: 0, checksum: 0, finished: false, rejected: 4 },
    });
    const later = new Scene(1, 8, scene.disk);
    const effects = later.finish(later.join(1), 1, 0);
    expect(logsOf(effects)).to.deep.include([FINISHED, { agency: 1, cantidad: 0, rechazadas: 4 }]);
  });

  it('of a run that a restart has interrupted keep its end from being accepted, once', () => {
    for (const dialect of ['opcode', 'pipe'] as const) {
      const writer = WRITERS[dialect];
      const before = new DialectScene(1);
      before.send(before.connect(dialect), writer.bets([WRONG, NORA]));
      before.send(before.connect(dialect), writer.bets([NORA]));
      const after = new DialectScene(1, before.scene.disk);
      const end = (): void => {
        const link = after.connect(dialect);
        after.send(link, ...writer.end([]), writer.ask);
        after.fallSilent(link);
      };
      end();
      expect(lineOf(after, FINISHED), dialect).to.deep.equal([]);
      end();
      expect(lineOf(after, FAILED), dialect).to.deep.equal([{ agency: 1, rechazadas: 2 }]);
      const finished = { agency: 1, cantidad: 1, rechazadas: 2 };
      expect(lineOf(after, FINISHED), dialect).to.deep.equal([finished]);
    }
  });
});
