// Bundles FEEL for QuickJS into build/feel.js: one script that defines the global `feel`.
//
// feelin parses a text each time it evaluates it, which is nearly all of the cost, and keeps its interpreter, its
// functions and its types to itself. The plugin appends mends.js to that one module, so that we compile once, run often,
// and mend what is wrong.

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));

const mendFeelin = {
  name: 'mend-feelin',
  setup(bundle) {
    bundle.onLoad({ filter: /@bpmn-io[/\\]feelin[/\\]dist[/\\]index\.js$/ }, async ({ path }) => {
      const parts = await Promise.all([path, join(here, 'mends.js')].map((file) => readFile(file, 'utf8')));
      return { contents: parts.join('\n'), loader: 'js' };
    });
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
  plugins: [mendFeelin],
});
