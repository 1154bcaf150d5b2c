/** What the draw came to, and how anybody can check it. */
import type { JSX } from 'preact';
import type { BoardState, DrawResult } from '../../../src/board/feed';
import { Command } from '../command';
import { board } from '../feed';
import { numberText } from '../formats';
import { FORMAT, TEXT } from '../text/text';
import { Documents } from './documents';
import { WinnersPerAgency } from './winners-per-agency';

export function Draw(): JSX.Element | null {
  const { value } = board;
  const draw = value?.state.draw ?? null;
  if (value === null || draw === null) return null;
  const { commitment } = value.state;
  return (
    <section class="card result" aria-labelledby="draw-title">
      <h2 id="draw-title">{TEXT.result}</h2>
      <div class="halves">
        <div>
          <dl class="facts">
            <Fact name={TEXT.winningNumber} value={numberText(draw.winningNumber)} isLarge />
            <Fact name={TEXT.winnersTotal} value={FORMAT.count(draw.winners)} isLarge />
            <Fact name={TEXT.drawTime} value={FORMAT.dateTime(draw.timeMs)} />
          </dl>
          <WinnersPerAgency />
          <Documents drawId={draw.id} />
        </div>
        <div class="proof">
          <h3>{TEXT.proof}</h3>
          {draw.betsDigest === null ? (
            <NoActa code={draw.actaError} />
          ) : (
            <>
              <p>
                <b>{TEXT.proofBefore}</b> {TEXT.proofRead(value.state.bets)}
              </p>
              <p>
                <b>{TEXT.proofSince}</b> {TEXT.proofHint}
              </p>
            </>
          )}
          <dl class="facts wide">
            {draw.betsDigest !== null && <Fact name={TEXT.digest} value={draw.betsDigest} isCode />}
            {commitment !== null && <Fact name={TEXT.committed} value={commitment} isCode />}
            <Fact name={TEXT.drawId} value={draw.id} isCode />
          </dl>
          {draw.betsDigest !== null && <Check draw={draw} store={value.state.store} />}
        </div>
      </div>
    </section>
  );
}

/** Why there is no acta. @param code of the error; null: it is being written */
function NoActa({ code }: { readonly code: string | null }): JSX.Element {
  if (code === null) return <p>{TEXT.digestPending}</p>;
  return (
    <p class="notice bad" role="alert">
      {code === 'STORE_DAMAGED' && <b>{TEXT.actaDamaged} </b>}
      {TEXT.actaFailed(code)}
    </p>
  );
}

interface FactProps {
  readonly name: string;
  readonly value: string;
  readonly isCode?: boolean;
  readonly isLarge?: boolean;
}

function Fact({ name, value, isCode = false, isLarge = false }: FactProps): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={isLarge ? 'large' : ''}>{isCode ? <code>{value}</code> : value}</dd>
    </div>
  );
}

interface CheckProps {
  readonly draw: DrawResult;
  readonly store: BoardState['store'];
}

function Check({ draw, store }: CheckProps): JSX.Element {
  return (
    <>
      <Command
        command={draw.verifyCommand}
        hint={store === 'database' ? TEXT.verifyDatabase : TEXT.verifyCommand}
      />
      {/* Of this draw: another central may have another one, at the same address. */}
      <a
        class="button"
        href={`./acta.json?draw=${encodeURIComponent(draw.id)}`}
        download={`acta-${draw.id}.json`}
      >
        {TEXT.download}
      </a>
    </>
  );
}
