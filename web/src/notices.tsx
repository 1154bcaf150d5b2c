/** What must not be overlooked. */
import { signal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { board, heardMs, link, otherVersion, paused, replaced } from './feed';
import { FORMAT, TEXT } from './text/text';

/** As {@link heardMs}. */
const nowMs = signal(performance.now());

const REPLACED_TEXT = {
  restarted: TEXT.pausedRestarted,
  'other-lottery': TEXT.pausedOtherLottery,
};

export function Notices(): JSX.Element {
  useSignalEffect(() => {
    if (link.value === 'live') return undefined;
    nowMs.value = performance.now();
    const ticking = window.setInterval(() => {
      nowMs.value = performance.now();
    }, 1_000);
    return () => {
      window.clearInterval(ticking);
    };
  });
  const version = otherVersion.value;
  return (
    <>
      <div role="alert">{isLost() && <p class="notice bad">{lossText()}</p>}</div>
      <div role="status">
        {board.value?.state.stopping === true && <p class="notice">{TEXT.stopping}</p>}
        {replaced.value !== null && <p class="notice">{REPLACED_TEXT[replaced.value]}</p>}
        {version !== null && (
          <p class="notice">
            {TEXT.newVersion(version)}{' '}
            <button
              type="button"
              onClick={() => {
                window.location.reload();
              }}
            >
              {TEXT.reload}
            </button>
          </p>
        )}
      </div>
    </>
  );
}

function isLost(): boolean {
  return link.value === 'lost' || link.value === 'full';
}

function lossText(): JSX.Element | string {
  if (link.value === 'full') return TEXT.tooMany;
  if (heardMs.value === 0) return TEXT.neverThere;
  return (
    <>
      {paused.value ? TEXT.noAnswerPaused : TEXT.noAnswerNow}{' '}
      {/* Read out once, not every second. */}
      <span aria-hidden="true">
        {TEXT.lastAnswer(FORMAT.duration(nowMs.value - heardMs.value))}
      </span>
    </>
  );
}
