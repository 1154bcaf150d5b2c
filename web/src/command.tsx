/** A command for a shell, to be copied. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { TEXT } from './text/text';

/** What became of the last attempt to copy; null: it is over. One command is on the page at a time. */
const copied = signal<'done' | 'refused' | null>(null);

const COPY_TEXT = { done: TEXT.copied, refused: TEXT.notCopied };

interface CommandProps {
  readonly command: string;
  /** Where, and when, it is run. */
  readonly hint: string;
}

export function Command({ command, hint }: CommandProps): JSX.Element {
  return (
    <>
      <p class="hint" id="command-hint">
        {hint}
      </p>
      <div class="command">
        <code aria-labelledby="command-hint">{command}</code>
        {/* Browsers give the clipboard only to pages of the own machine and of HTTPS. */}
        {window.isSecureContext && (
          <button
            type="button"
            onClick={() => {
              void copy(command);
            }}
          >
            {copied.value === null ? TEXT.copy : COPY_TEXT[copied.value]}
          </button>
        )}
      </div>
    </>
  );
}

async function copy(text: string): Promise<void> {
  copied.value = await navigator.clipboard.writeText(text).then(
    () => 'done',
    // The browser, or the reader, does not allow it.
    () => 'refused',
  );
  window.setTimeout(() => {
    copied.value = null;
  }, 2_000);
}
