import {
  floatToInt64,
  GoComplex,
  parseGoFloat64,
  parseGoInt,
  parseGoUint,
  quoteGo,
  unquoteChar,
} from '../gofmt/index.ts';
import type { NumberNode } from './nodes.ts';

/** A constant, or the words of the error. */
export type ConstantResult = NumberNode | string;

type Values = Omit<NumberNode, 'kind' | 'pos' | 'text'>;
const NONE: Values = { int: undefined, uint: undefined, float: undefined, complex: undefined };

function characterValues(text: string): Values | string {
  const char = unquoteChar(text, 1, "'");
  if (char === undefined) return 'invalid syntax';
  if (text.slice(1 + char.length) !== "'") return `malformed character constant: ${text}`;
  const code = BigInt(char.code);
  return { ...NONE, int: code, uint: code, float: char.code };
}

/** The integer forms of a float that has no fraction. */
function integralForms(value: number): Pick<Values, 'int' | 'uint'> {
  const integral = Number.isInteger(value);
  const int = integral && value >= -(2 ** 63) && value < 2 ** 63 ? floatToInt64(value) : undefined;
  const uint = integral && value >= 0 && value < 2 ** 64 ? BigInt(value) : undefined;
  return { int, uint };
}

/** A complex number with no imaginary part is a float as well. */
function complexValues(real: number, imaginary: number): Values {
  const complex = new GoComplex(real, imaginary);
  return imaginary === 0 ? { ...integralForms(real), float: real, complex } : { ...NONE, complex };
}

function pairValues(text: string): Values | string {
  const split = /^(.+?(?<![eEpP]))([-+].+)i$/.exec(text);
  const [real, imaginary] = [parseGoFloat64(split?.[1] ?? ''), parseGoFloat64(split?.[2] ?? '')];
  if (typeof real === 'string' || typeof imaginary === 'string') return 'syntax error scanning complex number';
  return complexValues(real, imaginary);
}

function floatValues(text: string): Values | string {
  const value = parseGoFloat64(text.replaceAll(/(?<=[0-9a-fA-F])_(?=[0-9a-fA-F])/g, ''));
  if (typeof value === 'string') return `illegal number syntax: ${quoteGo(text)}`;
  if (!/[.eEpP]/.test(text)) return `integer overflow: ${quoteGo(text)}`;
  return { ...NONE, ...integralForms(value), float: value };
}

function numberValues(text: string): Values | string {
  if (text.endsWith('i')) {
    const imaginary = parseGoFloat64(text.slice(0, -1));
    if (typeof imaginary === 'number') return complexValues(0, imaginary);
  }
  const [parsedInt, parsedUint] = [parseGoInt(text, 0), parseGoUint(text, 0)];
  const int = typeof parsedInt === 'bigint' ? parsedInt : undefined;
  const uint = typeof parsedUint === 'bigint' ? parsedUint : int === 0n ? 0n : undefined;
  const integer = int ?? uint;
  return integer === undefined ? floatValues(text) : { ...NONE, int, uint, float: Number(integer) };
}

/** Reads a numeric constant as the template parser does; the error's words when it is none. */
export function parseConstant(type: string, text: string, pos: number): ConstantResult {
  const values =
    type === 'charConstant' ? characterValues(text) : type === 'complex' ? pairValues(text) : numberValues(text);
  return typeof values === 'string' ? values : { kind: 'number', pos, text, ...values };
}
