/** The top of the page: what this is, whether it is live, and the reader's choices. */
import type { JSX } from 'preact';
import { board, link, paused, togglePause, type Link } from './feed';
import { FORMAT, TEXT } from './text/text';
import { chooseTheme, theme, type Theme } from './theme';

const LINK_TEXT: Readonly<Record<Link, string>> = {
  connecting: TEXT.connecting,
  live: TEXT.live,
  lost: TEXT.lost,
  full: TEXT.lost,
};

const THEMES: readonly (readonly [Theme, string])[] = [
  ['auto', TEXT.themeAuto],
  ['light', TEXT.themeLight],
  ['dark', TEXT.themeDark],
];

export function Header(): JSX.Element {
  const { value } = board;
  const isPaused = paused.value;
  const look = isPaused && link.value === 'live' ? 'paused' : link.value;
  return (
    <header>
      <Mark />
      <div class="name">
        <h1>{TEXT.title}</h1>
        <p>
          {TEXT.subtitle}
          {value !== null &&
            ` · ${TEXT.upFor(FORMAT.duration(value.state.upMs))} · ${value.version}`}
        </p>
      </div>
      <span class={`chip ${look}`} role="status">
        {look === 'paused' ? TEXT.paused : LINK_TEXT[link.value]}
      </span>
      <button type="button" disabled={value === null} onClick={togglePause}>
        {isPaused ? TEXT.resume : TEXT.pause}
      </button>
      <label class="theme">
        <span>{TEXT.theme}</span>
        <select
          value={theme.value}
          onChange={({ currentTarget }) => {
            chooseTheme(THEMES[currentTarget.selectedIndex]?.[0] ?? 'auto');
          }}
        >
          {THEMES.map(([one, name]) => (
            <option key={one} value={one}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </header>
  );
}

/** A lottery ball. */
function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <circle class="ball" cx="16" cy="16" r="15" />
      <circle class="face" cx="16" cy="16" r="8.5" />
      <path class="digit" d="M12.6 11.8h6.9v1.5l-3.6 7.2h-2.1l3.5-6.9h-4.7z" />
    </svg>
  );
}
