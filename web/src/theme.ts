/** Light or dark: the system's choice, or the reader's, which this browser remembers. */
import { signal } from '@preact/signals';

export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'loteria-theme';

export const theme = signal<Theme>(remembered());

export function chooseTheme(next: Theme): void {
  theme.value = next;
  applyTheme();
  try {
    window.localStorage.setItem(KEY, next);
  } catch {
    // A browser that keeps nothing forgets it with the page.
  }
}

/** Colours follow `color-scheme` (style/base.css). */
export function applyTheme(): void {
  document.documentElement.dataset['theme'] = theme.value;
}

function remembered(): Theme {
  try {
    const kept = window.localStorage.getItem(KEY);
    return kept === 'light' || kept === 'dark' ? kept : 'auto';
  } catch {
    return 'auto';
  }
}
