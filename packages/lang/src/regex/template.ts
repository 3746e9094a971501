/** What a template is filled from. */
interface Filling {
  readonly text: string;
  readonly spans: readonly (readonly [number, number] | undefined)[];
  readonly names: readonly string[];
}

const REFERENCE = /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

/**
 * Fills `$1`, `${1}`, `$name`, `${name}` and `$$` as Go's Regexp.Expand: `$1x` is the group named `1x`, an unknown
 * group is empty, and a `$` that begins nothing stays.
 */
export function expandTemplate(template: string, filling: Filling): string {
  if (!template.includes('$')) return template;
  return template.replace(REFERENCE, (whole, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    if (name === undefined) return whole === '$$' ? '$' : whole;
    const span = /^(0|[1-9][0-9]*)$/.test(name)
      ? filling.spans[Number(name)]
      : filling.spans.find((item, index) => item !== undefined && filling.names[index] === name);
    return span === undefined ? '' : filling.text.slice(span[0], span[1]);
  });
}
