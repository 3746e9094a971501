/** The version of the product. */
export const VERSION = 'v0.1.0';
