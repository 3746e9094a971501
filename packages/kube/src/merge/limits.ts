/** Most operations one JSON patch may have, as upstream. */
export const MAX_JSON_PATCH_OPERATIONS = 10_000;

/** Most JSON text, in characters, that the `copy` operations of one JSON patch may duplicate together. */
export const MAX_JSON_PATCH_COPY_CHARACTERS = 3 * 1024 * 1024;
