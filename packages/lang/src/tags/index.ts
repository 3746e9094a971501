export { createArgoPrograms } from './argo-programs.ts';
export {
  compileTags,
  TAGS_LIMIT_CHARACTERS,
  TAGS_LIMIT_NESTING,
  tagsIn,
  type CompiledTags,
  type ExpressionTag,
  type SimpleTag,
  type TagEncoding,
  type TagPart,
} from './compile-tags.ts';
export { renderTags, TAGS_LIMIT_OUTPUT_CHARACTERS, type RenderOptions } from './render-tags.ts';
export { expandNames, scopeOf, type Lookup, type TagScope, type Variable } from './scope.ts';
export {
  evaluateTags,
  lenient,
  renderJsonTags,
  strictReferences,
  SUBSTITUTE_LIMIT_DEPTH,
  substitute,
  substituteText,
  type SubstituteOptions,
} from './substitute.ts';
