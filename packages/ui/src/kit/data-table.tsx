import { useEffect, useRef, useState, type ReactElement, type ReactNode } from 'react';
import { rowWindow } from '../model/index.ts';

/** The height of a row, in pixels; fixed in the style sheet too. */
const ROW_HEIGHT = 48;

/** One column. `isWide` columns take what is left; `isMinor` ones disappear on a phone. */
export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
  readonly isMinor?: boolean;
}

/** A table of any length: rows that are not near the visible part are not drawn when there are many. */
export function DataTable<Row extends { readonly key: string }>({
  rows,
  columns,
  label,
}: {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly label: string;
}): ReactElement {
  const body = useRef<HTMLTableSectionElement>(null);
  const [scrolled, setScrolled] = useState(0);
  useEffect(() => {
    const onScroll = (): void => setScrolled(Math.max(0, -(body.current?.getBoundingClientRect().top ?? 0)));
    window.addEventListener('scroll', onScroll, { passive: true });
    return () => window.removeEventListener('scroll', onScroll);
  }, []);
  const list = { count: rows.length, rowHeight: ROW_HEIGHT, scrolled, visibleHeight: window.innerHeight };
  const { first, end } = rowWindow(list);
  return (
    <table className="data-table" aria-label={label} aria-rowcount={rows.length + 1}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.name} scope="col" className={column.isMinor === true ? 'minor' : ''}>
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody ref={body}>
        <Spacer height={first * ROW_HEIGHT} />
        {rows.slice(first, end).map((row, index) => (
          <tr key={row.key} aria-rowindex={first + index + 2}>
            {columns.map((column) => (
              <td key={column.name} data-label={column.name} className={column.isMinor === true ? 'minor' : ''}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
        <Spacer height={(rows.length - end) * ROW_HEIGHT} />
      </tbody>
    </table>
  );
}

function Spacer({ height }: { readonly height: number }): ReactElement | null {
  return height === 0 ? null : <tr aria-hidden="true" style={{ height }} />;
}
