/** Files, folders and sections that the documents name exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../support/program';

/** Where paths begin: at the root, or under src/. */
const BASES = [ROOT, join(ROOT, 'src')];
const FOLDERS = BASES.flatMap((base) =>
  readdirSync(base, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^\.|node_modules|dist|coverage/.test(entry.name))
    .map(({ name }) => name),
);
/** Names of files in these folders, and at the root, without their paths. */
const SOURCES = new Set(
  [ROOT, ...FOLDERS.map((folder) => join(ROOT, folder))]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: folder !== ROOT, encoding: 'utf8' }))
    .map((path) => basename(path)),
);
const DOCUMENTS = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md') && name !== 'CHANGELOG.md'),
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(file: string): Set<string> {
  const headings = Array.from(textOf(file).matchAll(/^#+ (.*)$/gm), ([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** @param name may have a `*` in its last part */
function exists(name: string): boolean {
  return BASES.some((base) => {
    const [folder, last] = [join(base, dirname(name)), basename(name)];
    if (!last.includes('*')) return existsSync(join(base, name));
    const pattern = new RegExp(`^${last.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
    return existsSync(folder) && readdirSync(folder).some((entry) => pattern.test(entry));
  });
}

describe('documents', () => {
  for (const file of DOCUMENTS) {
    const text = textOf(file);

    it(`${file}: files in code quotes exist`, () => {
      const pattern = new RegExp(`^(?:${FOLDERS.join('|')})/[\\w./*-]+$`);
      const names = Array.from(text.matchAll(/`([^`\n]+)`/g), ([, code = '']) => code);
      for (const name of names.filter((code) => pattern.test(code))) {
        expect(exists(name), name).to.equal(true);
      }
    });

    it(`${file}: there are sources of every name in code quotes`, () => {
      const names = Array.from(text.matchAll(/`([\w.-]+\.tsx?)`/g), ([, name = '']) => name);
      expect(names.filter((name) => !SOURCES.has(name))).to.deep.equal([]);
    });

    it(`${file}: links lead to files and sections`, () => {
      for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target)) continue;
        const [path = '', anchor] = target.split('#');
        const linked = path === '' ? file : join(dirname(file), path);
        expect(existsSync(join(ROOT, linked)), target).to.equal(true);
        if (anchor !== undefined) expect([...anchorsOf(linked)], target).to.include(anchor);
      }
    });
  }
});
