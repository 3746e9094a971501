/** How a state is drawn. Each tone has its own icon as well as its colour. */
export type Tone = 'good' | 'bad' | 'busy' | 'waiting' | 'warn' | 'off' | 'unknown';

const TONES = new Map<string, Tone>([
  ['Healthy', 'good'],
  ['Synced', 'good'],
  ['Succeeded', 'good'],
  ['Degraded', 'bad'],
  ['Failed', 'bad'],
  ['Error', 'bad'],
  ['Progressing', 'busy'],
  ['Running', 'busy'],
  ['Terminating', 'busy'],
  ['Pending', 'waiting'],
  ['Suspended', 'waiting'],
  ['OutOfSync', 'warn'],
  ['Missing', 'warn'],
  ['Skipped', 'off'],
  ['Omitted', 'off'],
]);

/** The tone of a state's word; `unknown` for words that are not known, so that nothing is made up. */
export function toneOf(word: string): Tone {
  return TONES.get(word) ?? 'unknown';
}

/** The word to show: the API's own, or `Unknown` when it said nothing. */
export function wordOf(word: string): string {
  return word === '' ? 'Unknown' : word;
}
