import { useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { Agencies } from './agencies/agencies';
import { Barrier } from './barrier/barrier';
import { Charts } from './charts/charts';
import { Draw } from './draw/draw';
import { board } from './feed';
import { Figures } from './figures';
import { numberText } from './formats';
import { Header } from './header';
import { Notices } from './notices';
import { FORMAT, TEXT } from './text/text';
import { Turns } from './turns/turns';

export function App(): JSX.Element {
  useSignalEffect(() => {
    document.title = titleNow();
  });
  return (
    <>
      <a class="skip" href="#agencies">
        {TEXT.skip}
      </a>
      <Header />
      <main>
        <Notices />
        {board.value === null ? (
          <p class="card empty">{TEXT.waitingForFirst}</p>
        ) : (
          <>
            <Figures />
            <Barrier />
            <Draw />
            <Agencies />
            <Charts />
            <Turns />
          </>
        )}
      </main>
    </>
  );
}

/** What matters most, for somebody who looks at another tab. */
function titleNow(): string {
  const state = board.value?.state;
  if (state === undefined || state.edition === '2020') return TEXT.title;
  if (state.draw !== null) return `${numberText(state.draw.winningNumber)} · ${TEXT.title}`;
  return `${FORMAT.count(state.finished)}/${FORMAT.count(state.expected)} · ${TEXT.title}`;
}
