export {
  compileRegex,
  quoteRegex,
  REGEX_LIMIT_CACHE,
  REGEX_LIMIT_PATTERN,
  REGEX_LIMIT_PROGRAM,
  type CompileCost,
  type Regex,
  type Spans,
} from './regex.ts';
