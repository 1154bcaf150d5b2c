/** The documents of one agency's winners, for whoever has the board's token. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { TEXT } from '../text/text';

type Answer =
  | { readonly kind: 'none' }
  | { readonly kind: 'problem'; readonly text: string }
  | { readonly kind: 'found'; readonly agency: number; readonly documents: readonly string[] };

const token = signal('');
const agency = signal(1);
const answer = signal<Answer>({ kind: 'none' });

export function Documents(): JSX.Element {
  return (
    <form
      class="documents"
      onSubmit={(event) => {
        event.preventDefault();
        void loadDocuments();
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
        <Found />
      </div>
    </form>
  );
}

function Found(): JSX.Element | null {
  const { value } = answer;
  switch (value.kind) {
    case 'none':
      return null;
    case 'problem':
      return <p class="problem">{value.text}</p>;
    case 'found':
      return (
        <>
          <p>{TEXT.documentsOf(value.documents.length, value.agency)}</p>
          <ul>
            {value.documents.map((document) => (
              <li key={document}>
                <code>{document}</code>
              </li>
            ))}
          </ul>
        </>
      );
  }
}

async function loadDocuments(): Promise<void> {
  const wanted = agency.value;
  try {
    answer.value = await ask(wanted);
  } catch {
    answer.value = { kind: 'problem', text: TEXT.noAnswer };
  }
}

async function ask(wanted: number): Promise<Answer> {
  const headers = { authorization: `Bearer ${token.value}` };
  const response = await fetch(`./winners/${String(wanted)}`, { headers });
  if (response.status === 404) return { kind: 'problem', text: TEXT.noAgency };
  if (!response.ok) return { kind: 'problem', text: TEXT.wrongToken };
  const { documents } = (await response.json()) as { readonly documents: readonly string[] };
  return { kind: 'found', agency: wanted, documents };
}
