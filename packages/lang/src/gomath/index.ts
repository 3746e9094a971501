export { bitsOf, frexp, fromBits, isOdd, ldexp } from './float-parts.ts';
export { log, pow } from './power.ts';
