import { useLayoutEffect, useRef, useState, type ReactElement } from 'react';
import { rowWindow, type LogBuffer } from '../model/index.ts';

/** The height of one line, in pixels; fixed in the style sheet too. */
const LINE_HEIGHT = 18;

/** The height of the visible part, in pixels; fixed in the style sheet too. */
const VIEW_HEIGHT = 340;

/** A log. Follows its end until the reader scrolls up; draws only what is visible of a long one. */
export function LogView({ log, note }: { readonly log: LogBuffer; readonly note: string }): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const isFollowing = useRef(true);
  const [scrolled, setScrolled] = useState(0);
  const count = log.lines.length;
  const { first, end } = rowWindow({ count, rowHeight: LINE_HEIGHT, scrolled, visibleHeight: VIEW_HEIGHT });
  useLayoutEffect(() => {
    const element = box.current;
    if (element !== null && isFollowing.current) element.scrollTop = element.scrollHeight;
  }, [count]);
  return (
    <div className="log">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolled region must be reachable by keys */}
      <div
        ref={box}
        className="log-lines"
        tabIndex={0}
        role="log"
        aria-label="Log"
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          isFollowing.current = scrollHeight - scrollTop - clientHeight < LINE_HEIGHT;
          setScrolled(scrollTop);
        }}
      >
        <div style={{ height: first * LINE_HEIGHT }} />
        {log.lines.slice(first, end).map((line, index) => (
          <div key={log.droppedCount + first + index} className="log-line">
            {line === '' ? ' ' : line}
          </div>
        ))}
        <div style={{ height: (count - end) * LINE_HEIGHT }} />
      </div>
      <p className="quiet log-note" role="status">
        {log.droppedCount > 0 ? `${log.droppedCount} older lines are not kept. ` : ''}
        {note}
      </p>
    </div>
  );
}
