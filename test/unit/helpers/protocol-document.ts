/** What docs/PROTOCOL.md says, for tests that hold the code to it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const PROTOCOL = readFileSync(join(__dirname, '../../../docs/PROTOCOL.md'), 'utf8');

const HEX_LINE = /^[0-9a-f]{2}( [0-9a-f]{2})*$/;

/** The hex examples: bytes by title. */
export function hexExamples(): Map<string, Buffer> {
  const examples = new Map<string, Buffer>();
  for (const [, block = ''] of PROTOCOL.matchAll(/^```\n([\s\S]*?)^```$/gm)) {
    const [title = '', ...lines] = block.trimEnd().split('\n');
    if (lines.length === 0 || !lines.every((line) => HEX_LINE.test(line))) continue;
    if (examples.has(title)) throw new Error(`two examples are called "${title}"`);
    examples.set(title, Buffer.from(lines.join('').replaceAll(' ', ''), 'hex'));
  }
  return examples;
}

/** The cells of the first table behind a heading, without its head. */
export function tableBehind(heading: string): string[][] {
  const start = PROTOCOL.indexOf(`\n${heading}`);
  if (start < 0) throw new Error(`there is no heading "${heading}"`);
  const lines = PROTOCOL.slice(start).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const rest = lines.slice(first);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  return rest.slice(2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
