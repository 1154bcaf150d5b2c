/** The phase of the draw as a picture: where each agency stands, and what it waits for. */
import type { JSX } from 'preact';
import type { BoardState } from '../../../src/board/feed';
import { Command } from '../command';
import { board } from '../feed';
import { numberText } from '../formats';
import { sortIntoPlaces } from '../places';
import { TEXT } from '../text/text';
import { Crowd, shareOf } from './crowd';
import { Missing } from './missing';

export function Barrier(): JSX.Element | null {
  const { value } = board;
  if (value === null) return null;
  const { state, agencies, rates } = value;
  const places = sortIntoPlaces(agencies.values(), state.phase);
  const share = shareOf(agencies.size);
  const hasDraw = state.edition === 'lottery';
  return (
    <section class="card" aria-labelledby="barrier-title">
      <div class="bar">
        <h2 id="barrier-title">{titleOf(state)}</h2>
        {share > 1 && <p class="hint">{TEXT.dotIs(share)}</p>}
      </div>
      {!hasDraw && <p class="hint">{TEXT.contestHint}</p>}
      <ol class={`places ${isOpen(state) ? 'open' : 'shut'} ${hasDraw ? '' : 'contest'}`}>
        <Crowd look="absent" rows={places.absent} {...{ share, rates }} />
        <Crowd look="loading" rows={places.loading} {...{ share, rates }} />
        {!hasDraw && (
          <Crowd
            look="served"
            rows={places.barrier}
            name={TEXT.contestDone}
            hint={TEXT.contestDoneHint}
            {...{ share, rates }}
          />
        )}
        {hasDraw && (
          <>
            <Crowd
              look="barrier"
              rows={places.barrier}
              {...(isOpen(state) ? { hint: TEXT.barrierHintOpen } : {})}
              {...{ share, rates }}
            />
            <li class="gate" aria-hidden="true">
              <i />
            </li>
            <DrawPlace state={state} />
            <Crowd look="served" rows={places.served} {...{ share, rates }} />
          </>
        )}
      </ol>
      {hasDraw && <Missing />}
      {state.salt !== null && <Command command={state.salt.recordCommand} hint={TEXT.saltRecord} />}
    </section>
  );
}

function isOpen({ expected, finished }: BoardState): boolean {
  return finished >= expected;
}

function titleOf(state: BoardState): string {
  if (state.edition === '2020') return TEXT.contestTitle;
  if (state.phase === 'drawn') return TEXT.barrierDrawn;
  return isOpen(state) ? TEXT.barrierOpen : TEXT.barrier;
}

function drawText({ phase, salt }: BoardState): string {
  switch (phase) {
    case 'loading':
      return TEXT.drawPending;
    case 'salt':
      return TEXT.drawSalt(salt?.source ?? '');
    case 'drawing':
      return TEXT.drawRunning;
    case 'drawn':
      return TEXT.drawDone;
  }
}

function DrawPlace({ state }: { readonly state: BoardState }): JSX.Element {
  const { phase, draw, commitment } = state;
  return (
    <li class={`place draw ${phase}`}>
      <h3>{TEXT.drawPlace}</h3>
      <div class="number-ball" aria-hidden={draw === null}>
        {draw === null ? '?' : numberText(draw.winningNumber)}
      </div>
      <p class="hint">{drawText(state)}</p>
      {commitment !== null && draw === null && (
        <p class="hint">
          {TEXT.committed}: <code>{commitment}</code>
        </p>
      )}
    </li>
  );
}
