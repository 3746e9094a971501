import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The page hashes nothing: the platform's hashing, which the lowest package can reach, stays out of the browser. */
const noHashing = {
  name: 'no-hashing',
  enforce: 'pre' as const,
  resolveId: (id: string): string | undefined => (id === 'node:crypto' ? '\0no-hashing' : undefined),
  load: (id: string): string | undefined =>
    id === '\0no-hashing' ? "export function createHash() { throw new Error('the page does not hash'); }" : undefined,
};

export default defineConfig({
  root: here('.'),
  plugins: [react(), noHashing],
  build: {
    outDir: here('../../dist/ui'),
    emptyOutDir: true,
    // Inline images would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
});
