/**
 * Preloaded by `npm run stryker`: Stryker's runner asks for files of Mocha without their extension,
 * which was `.js` before Mocha 12.
 */
require.extensions['.cjs'] = require.extensions['.js'];
