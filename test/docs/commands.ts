/** The commands that the documents name. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/program';

export interface DocumentedCommand {
  readonly file: string;
  /** One line, without comment, as it is written. */
  readonly text: string;
}

/** What a command begins with, when it stands in a sentence or a table. */
const COMMAND =
  /^(?:[A-Z_]+=\S+ )*(?:make|npm|npx|\.\/bin\/loteria|loteria|\.\/generar-compose\.sh|sh|docker|kill|systemctl|openssl|node|strace|curl)(?: |$)/;
/** Names of programs: nothing is said of how they are run. */
const NAMES: ReadonlySet<string> = new Set(['loteria', 'node', 'npm', 'make', 'openssl', 'strace']);

/** The documents in which each command is a command of this version. */
export function documents(): string[] {
  const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', 'README.es.md', 'CONTRIBUTING.md', ...docs.map((name) => `docs/${name}`)];
}

/**
 * Commands of a document: the lines of its `sh` blocks, and what stands in code quotes and begins like one.
 * Lines joined by a backslash are one command; so is each part between `&&`.
 */
export function commandsOf(file: string): DocumentedCommand[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const blocks = fences(text).filter(({ language }) => language === 'sh');
  const lines = blocks.flatMap(({ body }) => body.replaceAll(/\\\n\s*/g, '').split('\n'));
  const plain = text.replaceAll(/^ *```[^]*?^ *```$/gm, '');
  const quoted = Array.from(plain.matchAll(/`([^`]+)`/g), ([, code = '']) =>
    code.replaceAll(/\s+/g, ' ').trim(),
  ).filter((code) => COMMAND.test(code) && !NAMES.has(code));
  const found = [...lines, ...quoted]
    .map((line) => line.replace(/(^|\s+)# .*$/, '').trim())
    .flatMap((line) => line.split(' && '))
    .filter((line) => line !== '');
  return [...new Set(found)].map((command) => ({ file, text: command }));
}

/** The fenced blocks of a document. */
export function fences(text: string): { language: string; body: string }[] {
  return Array.from(
    text.matchAll(/^ *```(\w*)\n([^]*?)^ *```$/gm),
    ([, language = '', body = '']) => ({ language, body }),
  );
}
