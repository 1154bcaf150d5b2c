import { createHash } from 'node:crypto';
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Effect } from '../../../../src/server/session/effects';
import {
  CertificateIdentity,
  CombinedIdentity,
  SecretIdentity,
  type Identity,
} from '../../../../src/server/session/identity';
import type { Session } from '../../../../src/server/session/state';
import { batchOf, closedBy, entriesOf, logsOf, repliesTo, Scene } from '../../helpers/scene';

const AGENCIES = [1, 2, 3];
const PEER = { address: '10.0.0.9', certifiedAgency: null };

function tokenOf(agency: number): Buffer {
  return Buffer.from(`token of ${String(agency)}`);
}

const SECRETS = new SecretIdentity(
  new Map(AGENCIES.map((n) => [n, createHash('sha256').update(tokenOf(n)).digest()])),
);

function introduce(scene: Scene, session: Session, agency: number, token: Buffer): Effect[] {
  return scene.receive(session, { kind: 'introduce', agency, token });
}

/** A lottery with secrets in which the right agency 3 holds a connection. */
function guarded(identity: Identity = SECRETS): { scene: Scene; holder: Session } {
  const scene = new Scene(3, 8, undefined, identity);
  const holder = scene.connect(8170, { ...PEER, certifiedAgency: 3 });
  introduce(scene, holder, 3, tokenOf(3));
  return { scene, holder };
}

/** Everything that is known of an agency. */
function memoryOf(scene: Scene, agency: number): unknown {
  const { accepted, checksum, finished, holder } = scene.lottery.agency(agency) ?? {};
  return { accepted, checksum, finished, holder: holder?.id };
}

describe('session with identities', () => {
  it('welcomes an agency with its token', () => {
    const { scene, holder } = guarded();
    expect(scene.lottery.agency(3)?.holder).to.equal(holder);
    expect(holder.state.phase).to.equal('established');
  });

  const tokens: readonly (readonly [string, Buffer])[] = [
    ['a wrong token', Buffer.from('guess')],
    ['no token', Buffer.alloc(0)],
    ["another agency's token", tokenOf(2)],
  ];
  for (const [name, token] of tokens) {
    it(`refuses ${name}: nothing but an answer, a log line and the end`, () => {
      const { scene, holder } = guarded();
      const before = memoryOf(scene, 3);
      const impostor = scene.connect(8170, PEER);
      const effects = introduce(scene, impostor, 3, token);
      const [reply] = repliesTo(impostor, effects);
      expect(reply).to.include({ kind: 'error', code: 'NOT_AUTHORISED' });
      expect(effects.map(({ kind }) => kind)).to.deep.equal(['log', 'reply', 'close']);
      expect(closedBy(effects)).to.deep.equal([impostor]);
      expect(logsOf(effects)).to.deep.equal([
        ['WARNING introduce fail', { code: 'NOT_AUTHORISED', agency: 3, ip: '10.0.0.9' }],
      ]);
      expect(memoryOf(scene, 3)).to.deep.equal(before);
      expect(scene.lottery.agency(3)?.holder).to.equal(holder);
    });
  }

  it('the holder goes on as if nothing had been', () => {
    const { scene, holder } = guarded();
    introduce(scene, scene.connect(), 3, Buffer.from('guess'));
    const effects = scene.receive(holder, batchOf(3, 0, 2));
    expect(repliesTo(holder, effects)).to.deep.equal([{ kind: 'ack', upTo: 2 }]);
    expect(scene.disk.agencies.get(3)?.stored).to.equal(2);
  });

  it('an impostor stores nothing and finishes nobody, whatever it sends behind', () => {
    const { scene } = guarded();
    const impostor = scene.connect();
    introduce(scene, impostor, 3, tokenOf(1));
    for (const command of [
      batchOf(3, 0, 2),
      { kind: 'finished', total: 0 } as const,
      { kind: 'introduce', agency: 3, token: tokenOf(3) } as const,
    ]) {
      const effects = scene.receive(impostor, command);
      expect(effects).to.deep.equal([]);
      expect(entriesOf(effects)).to.deep.equal([]);
    }
    expect(scene.lottery.pending).to.equal(3);
  });

  it('an impostor sees no winners after the draw', () => {
    const scene = new Scene(3, 8, undefined, SECRETS);
    for (const agency of AGENCIES) {
      const session = scene.connect();
      introduce(scene, session, agency, tokenOf(agency));
      scene.finish(session, agency, 1);
    }
    scene.draw([[3, '3000']]);
    const impostor = scene.connect();
    const effects = [...introduce(scene, impostor, 3, tokenOf(2)), ...scene.ask(impostor)];
    expect(repliesTo(impostor, effects).map(({ kind }) => kind)).to.deep.equal(['error']);
    const right = scene.connect();
    introduce(scene, right, 3, tokenOf(3));
    expect(repliesTo(right, scene.ask(right))[0]).to.deep.include({ documents: ['3000'] });
  });

  it("shows an agency no winners but its own, though its dialect asks for another's", () => {
    for (const asked of [3, 4]) {
      const scene = new Scene(3, 8, undefined, new CertificateIdentity());
      const sessions = AGENCIES.map((certifiedAgency) => {
        const session = scene.connect(8170, { address: '10.0.0.9', certifiedAgency });
        introduce(scene, session, certifiedAgency, Buffer.alloc(0));
        scene.finish(session, certifiedAgency, 1);
        return session;
      });
      const [, second = scene.connect()] = sessions;
      scene.draw([[3, '3000']]);
      const question = { kind: 'ask_winners', first: 0, wait: true } as const;
      const own = scene.receive(second, { ...question, agency: 2 });
      expect(repliesTo(second, own)[0]).to.deep.include({ kind: 'winners', documents: [] });
      const effects = scene.receive(second, { ...question, agency: asked });
      expect(repliesTo(second, effects)).to.have.length(1);
      expect(repliesTo(second, effects)[0]).to.include({ code: 'NOT_AUTHORISED' });
      expect(closedBy(effects)).to.deep.equal([second]);
    }
  });

  it('answers the same for agencies that exist and agencies that do not', () => {
    const { scene } = guarded();
    const answers = [3, 4].map((agency) => {
      const impostor = scene.connect();
      const effects = introduce(scene, impostor, agency, Buffer.from('guess'));
      return JSON.stringify(repliesTo(impostor, effects)).replace(String(agency), 'N');
    });
    expect(answers[0]).to.equal(answers[1]);
  });

  it('never says or logs a token', () => {
    const { scene } = guarded();
    for (const [agency, token] of [
      [3, Buffer.from('hunter2')],
      [2, tokenOf(3)],
      [3, tokenOf(3)],
      [9, Buffer.from('hunter2')],
    ] as const) {
      const effects = introduce(scene, scene.connect(), agency, token);
      const said = JSON.stringify([
        logsOf(effects),
        effects.map((effect) => effect.kind === 'reply' && effect.reply),
      ]);
      expect(said).not.to.include('hunter2').and.not.include('token of');
    }
  });

  it('a certificate is good for its own agency only, and needs the token where both are asked', () => {
    const both = new CombinedIdentity([SECRETS, new CertificateIdentity()]);
    const { scene, holder } = guarded(both);
    expect(holder.state.phase).to.equal('established');
    for (const certifiedAgency of [1, null]) {
      const peer = scene.connect(8170, { address: '', certifiedAgency });
      const effects = introduce(scene, peer, 3, tokenOf(3));
      expect(repliesTo(peer, effects)[0]).to.include({ code: 'NOT_AUTHORISED' });
    }
    expect(scene.lottery.agency(3)?.holder).to.equal(holder);
  });

  it('whoever comes with whatever: only the right token changes who holds an agency', () => {
    const attempt = fc.record({
      agency: fc.integer({ min: 1, max: 4 }),
      token: fc.integer({ min: 0, max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 12 }), (attempts) => {
        const scene = new Scene(3, 8, undefined, SECRETS);
        const holders = new Map<number, Session>();
        for (const { agency, token } of attempts) {
          const session = scene.connect();
          introduce(scene, session, agency, tokenOf(token));
          if (agency === token && agency <= 3) holders.set(agency, session);
          for (const n of AGENCIES) {
            expect(scene.lottery.agency(n)?.holder ?? undefined).to.equal(holders.get(n));
          }
        }
      }),
    );
  });
});
