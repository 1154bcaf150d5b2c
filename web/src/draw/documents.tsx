/** The documents of one agency's winners, for whoever has the board's token. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { board } from '../feed';
import { TEXT } from '../text/text';

type Answer =
  { readonly kind: 'problem'; readonly text: string } | ({ readonly kind: 'found' } & Page);

/** Documents of an agency's winners, from the first one on. */
interface Page {
  readonly agency: number;
  /** Winners of the agency; the central sends some at a time. */
  readonly total: number;
  readonly documents: readonly string[];
}

const token = signal('');
const agency = signal(1);
/** The last answer, and the draw that it was asked about: under another one it is not shown. */
const answer = signal<{ readonly drawId: string; readonly answer: Answer } | null>(null);

interface DocumentsProps {
  /** The draw that is shown. */
  readonly drawId: string;
}

export function Documents({ drawId }: DocumentsProps): JSX.Element {
  if (board.value?.hasToken !== false) return <Question drawId={drawId} />;
  return (
    <div class="documents">
      <h3>{TEXT.documents}</h3>
      <p class="hint">{TEXT.noBoardToken}</p>
    </div>
  );
}

function Question({ drawId }: DocumentsProps): JSX.Element {
  return (
    <form
      class="documents"
      onSubmit={(event) => {
        event.preventDefault();
        void load(drawId, agency.value, []);
      }}
    >
      <h3>{TEXT.documents}</h3>
      <p class="hint">{TEXT.documentsHint}</p>
      <label>
        <span>{TEXT.colAgency}</span>
        <input
          type="number"
          min={1}
          required
          value={agency.value}
          onInput={({ currentTarget }) => {
            agency.value = currentTarget.valueAsNumber;
          }}
        />
      </label>
      <label>
        <span>{TEXT.token}</span>
        <input
          type="password"
          autocomplete="off"
          required
          value={token.value}
          onInput={({ currentTarget }) => {
            token.value = currentTarget.value;
          }}
        />
      </label>
      <button type="submit">{TEXT.showDocuments}</button>
      <div role="status">
        <Found drawId={drawId} />
      </div>
    </form>
  );
}

function Found({ drawId }: DocumentsProps): JSX.Element | null {
  if (answer.value?.drawId !== drawId) return null;
  const value = answer.value.answer;
  switch (value.kind) {
    case 'problem':
      return <p class="problem">{value.text}</p>;
    case 'found':
      return (
        <>
          <p>{TEXT.documentsOf(value.total, value.agency)}</p>
          <ul>
            {value.documents.map((document, i) => (
              <li key={i}>
                <code>{document}</code>
              </li>
            ))}
          </ul>
          {value.documents.length < value.total && (
            <button
              type="button"
              onClick={() => {
                void load(drawId, value.agency, value.documents);
              }}
            >
              {TEXT.moreDocuments(value.total - value.documents.length)}
            </button>
          )}
        </>
      );
  }
}

/** Asks for the documents after those that are there. */
async function load(drawId: string, wanted: number, before: readonly string[]): Promise<void> {
  const problem: Answer = { kind: 'problem', text: TEXT.noAnswer };
  answer.value = { drawId, answer: await ask(drawId, wanted, before).catch(() => problem) };
}

async function ask(drawId: string, wanted: number, before: readonly string[]): Promise<Answer> {
  const typed = token.value.trim();
  // Of anything else a browser makes no header, and a board no token.
  if (!/^[\x21-\x7e]+$/.test(typed)) return { kind: 'problem', text: TEXT.wrongToken };
  const headers = { authorization: `Bearer ${typed}` };
  const path = `./winners/${String(wanted)}?first=${String(before.length)}`;
  const response = await fetch(path, { headers });
  if (response.status === 404) return { kind: 'problem', text: TEXT.noAgency };
  if (response.status === 401) return { kind: 'problem', text: TEXT.wrongToken };
  if (!response.ok) return { kind: 'problem', text: TEXT.noAnswer };
  const page = (await response.json()) as Page & { readonly drawId: string };
  // The page may be paused, or may not know yet of another central.
  if (page.drawId !== drawId) return { kind: 'problem', text: TEXT.otherDraw };
  const { total, documents } = page;
  return { kind: 'found', agency: wanted, total, documents: [...before, ...documents] };
}
