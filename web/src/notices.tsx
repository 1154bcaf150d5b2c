/** What must not be overlooked. */
import { signal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { board, heardMs, link, otherVersion } from './feed';
import { FORMAT, TEXT } from './text/text';

const nowMs = signal(Date.now());

export function Notices(): JSX.Element {
  useSignalEffect(() => {
    if (link.value === 'live') return undefined;
    nowMs.value = Date.now();
    const ticking = window.setInterval(() => {
      nowMs.value = Date.now();
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
      {TEXT.noAnswerNow} {/* Read out once, not every second. */}
      <span aria-hidden="true">
        {TEXT.lastAnswer(FORMAT.duration(nowMs.value - heardMs.value))}
      </span>
    </>
  );
}
