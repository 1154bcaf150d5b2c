import { defineConfig } from 'vite';

/** Builds the board's page into dist/board, where the central serves it from. */
export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/board',
    emptyOutDir: true,
    target: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: { polyfill: false },
    // The Content-Security-Policy of the board allows files only, no data: URLs.
    assetsInlineLimit: 0,
  },
  logLevel: 'warn',
});
