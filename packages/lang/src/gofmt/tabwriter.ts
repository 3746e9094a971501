import { runeCount } from './utf8.ts';

/** The settings of Go's tabwriter.NewWriter. */
export interface TabSettings {
  readonly minWidth: number;
  readonly tabWidth: number;
  readonly padding: number;
  readonly padChar: string;
  /** tabwriter.AlignRight */
  readonly alignRight?: boolean;
}

/** kubectl's and Argo's usual settings. */
export const KUBECTL_TABS: TabSettings = { minWidth: 6, tabWidth: 4, padding: 3, padChar: ' ' };

/** One cell; the last cell of a line is not ended by a tab and belongs to no column. */
interface Line {
  readonly cells: readonly string[];
}

function columnWidth(lines: readonly Line[], column: number, settings: TabSettings): number {
  const widths = lines.map(({ cells }) => runeCount(cells[column] ?? '') + settings.padding);
  return widths.reduce((most, width) => Math.max(most, width), settings.minWidth);
}

function padding(missing: number, width: number, settings: TabSettings): string {
  if (settings.padChar !== '\t') return settings.padChar.repeat(Math.max(0, missing));
  if (settings.tabWidth === 0) return '';
  const cellWidth = Math.ceil(width / settings.tabWidth) * settings.tabWidth;
  return '\t'.repeat(Math.ceil((cellWidth - (width - missing)) / settings.tabWidth));
}

interface Block {
  readonly lines: readonly Line[];
  readonly widths: readonly number[];
}

function writeLine(line: Line, widths: readonly number[], settings: TabSettings): string {
  return line.cells
    .map((cell, column) => {
      const width = widths[column];
      if (column === line.cells.length - 1 || width === undefined) return cell;
      const pad = padding(width - runeCount(cell), width, settings);
      return settings.alignRight === true ? pad + cell : cell + pad;
    })
    .join('');
}

/** A column is a run of lines that all have a tab-ended cell there; columns nest to the right. */
function formatBlock(block: Block, settings: TabSettings, out: string[]): void {
  const column = block.widths.length;
  for (let start = 0; start < block.lines.length;) {
    const line = block.lines[start];
    if (line === undefined) return;
    if (column >= line.cells.length - 1) {
      out.push(writeLine(line, block.widths, settings));
      start += 1;
      continue;
    }
    let end = start;
    while (end < block.lines.length && column < (block.lines[end]?.cells.length ?? 0) - 1) end += 1;
    const lines = block.lines.slice(start, end);
    formatBlock({ lines, widths: [...block.widths, columnWidth(lines, column, settings)] }, settings, out);
    start = end;
  }
}

/** Go's text/tabwriter: aligns tab-ended cells of neighbouring lines into columns. Input and output are whole texts. */
export function alignTabs(text: string, settings: TabSettings = KUBECTL_TABS): string {
  const out: string[] = [];
  const lines = text.split('\n').map((line) => ({ cells: line.split('\t') }));
  // At the very end an empty cell is none, so that the one before it belongs to no column.
  const last = lines.at(-1)?.cells;
  if (last?.at(-1) === '') last.pop();
  formatBlock({ lines, widths: [] }, settings, out);
  return out.join('\n');
}
