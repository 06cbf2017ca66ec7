// Bundles FEEL for QuickJS into build/feel.js: one script that defines the global `feel`.
//
// feelin parses a text each time it evaluates it, which is nearly all of the cost, and keeps its interpreter, its
// functions and its types to itself. The plugin below lets that one module export them too, so that we compile once,
// run often, and mend the functions that are wrong (functions.js). esbuild fails when a name is no longer there.

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const INNER = ['builtins', 'interpreter', 'equals', 'getType', 'Range', 'FunctionWrapper'];
const here = dirname(fileURLToPath(import.meta.url));

const openFeelin = {
  name: 'open-feelin',
  setup(bundle) {
    bundle.onLoad({ filter: /@bpmn-io[/\\]feelin[/\\]dist[/\\]index\.js$/ }, async ({ path }) => ({
      contents: `${await readFile(path, 'utf8')}
        export { ${INNER.join(', ')}, normalizeContextKey };
        export { DateTime, Duration, FixedOffsetZone, SystemZone, Settings } from 'luxon';`,
      loader: 'js',
    }));
  },
};

await build({
  entryPoints: [join(here, 'feel.js')],
  outfile: join(here, 'build', 'feel.js'),
  bundle: true,
  format: 'iife',
  globalName: 'feel',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [openFeelin],
});
