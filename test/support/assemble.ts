/**
 * Assembles the WebAssembly of `src/domain/wasm/`: the text beside it becomes a module that holds
 * the code in base64, so that neither the build nor the bundle has to know about it.
 *
 * `npm run wasm` writes the modules; a test compares them with the text.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import wabt from 'wabt';

const FOLDER = join(__dirname, '..', '..', 'src', 'domain', 'wasm');
const LINE_CHARACTERS = 92;
const FEATURES = { simd: true, threads: true };

/** The parameter is missing in its types. */
type Validated = ReturnType<Awaited<ReturnType<typeof wabt>>['parseWat']> & {
  validate(features: typeof FEATURES): void;
};

export interface WasmSource {
  /** File name without its end, the same for the text and the module. */
  readonly name: string;
  /** Name of the constant in the module. */
  readonly constant: string;
}

export const WASM_SOURCES: readonly WasmSource[] = [
  { name: 'row-check', constant: 'ROW_CHECK_CODE' },
  { name: 'row-prefix', constant: 'ROW_PREFIX_CODE' },
];

/** Where the module made from a text is. */
export function modulePath({ name }: WasmSource): string {
  return join(FOLDER, `${name}-code.ts`);
}

/**
 * @returns the module's text
 * @throws Error with line and column of what is wrong in the WebAssembly text
 */
export async function assemble({ name, constant }: WasmSource): Promise<string> {
  const file = `${name}.wat`;
  const assembler = await wabt();
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const parsed: Validated = assembler.parseWat(file, text, FEATURES);
  parsed.resolveNames();
  parsed.validate(FEATURES);
  const base64 = Buffer.from(parsed.toBinary({}).buffer).toString('base64');
  parsed.destroy();
  const lines = base64.match(new RegExp(`.{1,${String(LINE_CHARACTERS)}}`, 'g')) ?? [];
  const code = lines.map((line) => `  '${line}'`).join(' +\n');
  return `/** Made from ${file} by \`npm run wasm\`: WebAssembly code in base64. */\nexport const ${constant} =\n${code};\n`;
}

async function main(): Promise<void> {
  for (const source of WASM_SOURCES) writeFileSync(modulePath(source), await assemble(source));
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
