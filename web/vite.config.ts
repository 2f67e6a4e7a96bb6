import { cpSync, existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import packageFile from './package.json' with { type: 'json' };

const core = fileURLToPath(new URL('../build/wasm/wasm/groundwork.js', import.meta.url));

/** The core is built by CMake, not by npm: say so instead of failing on an import. */
function requireCore(): Plugin {
  return {
    name: 'require-core',
    buildStart() {
      if (!existsSync(core)) {
        throw new Error(
          `${core} is missing. Build the core first, from the top folder: ` +
            'cmake --preset wasm && cmake --build --preset wasm --target groundwork_wasm',
        );
      }
    },
  };
}

/** The development server needs inline styles and a socket; what is built keeps the policy of index.html as it stands. */
function relaxPolicyInDevelopment(): Plugin {
  return {
    name: 'relax-policy-in-development',
    apply: 'serve',
    transformIndexHtml: (html) => html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ''),
  };
}

const examples = fileURLToPath(new URL('../examples', import.meta.url));
const bundled = fileURLToPath(new URL('public/examples', import.meta.url));

/** The simulated screens go with the page, without the recipes that made them. */
function bundleExamples(): Plugin {
  return {
    name: 'bundle-examples',
    config() {
      rmSync(bundled, { recursive: true, force: true });
      cpSync(examples, bundled, {
        recursive: true,
        filter: (path) => !/(recipes|recipe\.json|about\.json)$/.test(path),
      });
    },
  };
}

export default defineConfig({
  define: { __VERSION__: JSON.stringify(packageFile.version) },
  base: './',
  plugins: [requireCore(), bundleExamples(), relaxPolicyInDevelopment(), svelte()],
  resolve: { alias: { 'groundwork-core': core } },
  server: { fs: { allow: ['..'] } },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 5000,
  },
});
