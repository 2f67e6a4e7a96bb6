/** Svelte 5 reads TypeScript by itself; the compiler only has to insist on runes. */
export default { compilerOptions: { runes: true } };
