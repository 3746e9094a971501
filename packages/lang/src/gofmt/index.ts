export {
  decodeBytes,
  encodeBytes,
  byteLength,
  compareGoText,
  isAscii,
  isWellFormed,
  runeCount,
  sliceBytes,
  toPlainText,
} from './utf8.ts';
export {
  isDigit,
  isLetter,
  isLower,
  isNumber,
  isPrint,
  isPunct,
  isSpace,
  isTitle,
  isUpper,
  lowerChar,
  lowerText,
  titleChar,
  trimSpace,
  upperChar,
  upperText,
} from './unicode.ts';
export {
  canBackquote,
  quoteGo,
  quoteGoAscii,
  quoteGoRune,
  unquoteChar,
  unquoteGo,
  type UnquotedChar,
} from './quote.ts';
export {
  floatToInt64,
  formatGoFloat,
  MAX_INT64,
  parseGoFloat64,
  parseGoInt,
  parseGoUint,
  wrapInt64,
  type FloatVerb,
  type NumberFault,
} from './number.ts';
export {
  entriesOf,
  GoCallable,
  GoComplex,
  GoInteger,
  GoMap,
  GoNamed,
  GoObject,
  GoSlice,
  GoStruct,
  int64,
  integerOf,
  isNilValue,
  isRecord,
  isTruthy,
  itemsOf,
  kindOf,
  lengthOf,
  sortedKeys,
  typeOf,
  type GoKind,
  type GoType,
  type GoValue,
  type StructParts,
} from './values.ts';
export { PLAIN, PRINT_DEPTH_LIMIT, PRINT_PARTS_LIMIT, printArgument, printPlain, type Spec } from './print.ts';
export { sprint, sprintf, sprintln } from './sprintf.ts';
export {
  formatGoJson,
  GoJsonError,
  JSON_DEPTH_LIMIT,
  JSON_PARTS_LIMIT,
  jsonNumber,
  quoteJson,
  type JsonStyle,
} from './json.ts';
export { fromJsonValue, JSON_NESTING_LIMIT, parseGoJson, type NumberMode } from './parse-json.ts';
export { goDuration, GoTime } from './time.ts';
export { alignTabs, KUBECTL_TABS, type TabSettings } from './tabwriter.ts';
