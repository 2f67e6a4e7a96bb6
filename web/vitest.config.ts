import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import packageFile from './package.json' with { type: 'json' };

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  define: { __VERSION__: JSON.stringify(packageFile.version) },
  plugins: [svelte({ configFile: here('./svelte.config.js') })],
  root: here('..'),
  resolve: {
    conditions: ['browser'],
    alias: { 'groundwork-core': here('../build/wasm/wasm/groundwork.js'), '@': here('./src') },
  },
  server: { fs: { allow: ['..'] } },
  test: { include: ['tests/web/**/*.test.ts'], environment: 'node' },
});
