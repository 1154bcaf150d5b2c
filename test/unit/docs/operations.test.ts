/** docs/OPERATIONS.md against the code: every action of the log, and every error code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { expect } from 'chai';
import * as ts from 'typescript';
import { ROOT } from '../../support/program';
import { codes, tableRows } from './markdown';

const DOCUMENT = 'docs/OPERATIONS.md';

/** Methods and functions that write a line, and which of their arguments is the action. */
const ACTION_ARGUMENT: Readonly<Record<string, number>> = {
  debug: 0,
  info: 0,
  warning: 0,
  error: 0,
  note: 0,
  formatMessage: 0,
  log: 1,
  logFailure: 1,
  failedWith: 1,
  runProgram: 0,
};

/** Actions that are computed: what may come out. A parameter is resolved where it is passed. */
const COMPUTED: Readonly<Record<string, readonly string[]>> = {
  action: [],
  'action.action': [],
  'actionOf(config)': [
    'consulta_total',
    'consulta_ganador',
    'consulta_ganadores',
    'apuesta_enviada',
  ],
  'reply.kind': ['busy', 'goodbye'],
};

/** Paths of all TypeScript files under src/. */
function sourceFiles(): string[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(ROOT, 'src', name));
}

/** Which programs log an action: by the folders under src/ that name it. */
function actionsInSource(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const path of sourceFiles()) {
    const [folder = ''] = relative(join(ROOT, 'src'), path).split(sep);
    const source = ts.createSourceFile(
      path,
      readFileSync(path, 'utf8'),
      ts.ScriptTarget.Latest,
      true,
    );
    const visit = (node: ts.Node): void => {
      const action = actionIn(node);
      for (const name of action === undefined ? [] : namesIn(action)) {
        found.set(name, (found.get(name) ?? new Set()).add(folder));
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

/** The expression that gives the action, if the node logs or describes a line. */
function actionIn(node: ts.Node): ts.Expression | undefined {
  if (ts.isCallExpression(node)) {
    const { expression: callee, arguments: given } = node;
    const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
    const at = Object.hasOwn(ACTION_ARGUMENT, name) ? ACTION_ARGUMENT[name] : undefined;
    const action = at === undefined || given.length < 2 ? undefined : given[at];
    // A common name: other methods that have it get no text.
    return name === 'note' && action?.kind !== ts.SyntaxKind.StringLiteral ? undefined : action;
  }
  if (ts.isPropertyAssignment(node) || ts.isVariableDeclaration(node)) {
    return node.name.getText() === 'action' ? node.initializer : undefined;
  }
  return undefined;
}

function namesIn(expression: ts.Expression): readonly string[] {
  if (ts.isStringLiteral(expression)) return [expression.text];
  if (ts.isConditionalExpression(expression)) {
    return [...namesIn(expression.whenTrue), ...namesIn(expression.whenFalse)];
  }
  const text = expression.getText();
  expect(Object.keys(COMPUTED), 'a computed action: name what may come out here').to.include(text);
  return COMPUTED[text] ?? [];
}

function programsOf(folders: ReadonlySet<string>): string {
  if (folders.has('base')) return 'both';
  const agency = folders.has('client');
  const central = ['server', 'store', 'parsing', 'board'].some((folder) => folders.has(folder));
  return agency === central ? 'both' : agency ? 'agency' : 'central';
}

describe('OPERATIONS.md', () => {
  it('says what each line of the log means, and which program writes it', () => {
    const rows = tableRows(DOCUMENT, ['action', 'program', 'meaning']);
    const documented = rows.map(
      ([name = '', program = '']) => `${codes(name)[0] ?? ''}: ${program}`,
    );
    const inSource = [...actionsInSource()].map(
      ([name, folders]) => `${name}: ${programsOf(folders)}`,
    );
    expect(documented).to.deep.equal(inSource.sort());
    expect(rows.every(([, , meaning = '']) => meaning !== '')).to.equal(true);
  });

  it('says what to do about each error code', () => {
    const text = readFileSync(join(ROOT, 'src/base/errors.ts'), 'utf8');
    const union = /export type ErrorCode =([^;]*);/.exec(text)?.[1] ?? '';
    const inSource = Array.from(union.matchAll(/'([A-Z_]+)'/g), ([, code = '']) => code);
    const rows = tableRows(DOCUMENT, ['code', 'cause', 'what to do']);
    expect(rows.map(([code = '']) => codes(code)[0])).to.deep.equal(inSource.sort());
    expect(inSource).to.include('STORE_IO');
  });
});
